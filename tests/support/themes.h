/* themes.h - the themes that are shipped, and colours as an eye sees them. */
#ifndef WT_TESTS_THEMES_H
#define WT_TESTS_THEMES_H

#include "ui/theme_list.h"

/* All files of themes/, none of them broken, each with every style and gradient; fails the test
 * otherwise. At least eight. Free it with wt_theme_list_fini. */
void wt_test_themes(struct wt_theme_list *list);

/* A colour in OKLab (Ottosson 2020): equal distances look equally different. */
struct wt_lab {
    double light, red_green, blue_yellow;
};

struct wt_lab wt_lab(uint32_t rgb);
double wt_lab_distance(struct wt_lab a, struct wt_lab b);

/* As an eye without cones for green sees it: the matrix for full deuteranopia of Machado, Oliveira
 * and Fernandes 2009, in linear light. */
struct wt_lab wt_lab_deuteranopia(uint32_t rgb);

#endif /* WT_TESTS_THEMES_H */
