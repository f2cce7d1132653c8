/* screen.h - the user interface as a person sees it, for tests: feed it, press keys, compare.
 *
 * Goldens are text files in tests/ui/golden. With WORKTOP_UPDATE_GOLDENS=1 they are written instead
 * of compared; read them before committing. With WORKTOP_SCREENS=DIRECTORY every screen that is
 * compared is also written there as a terminal would be told (NAME.ansi), for pictures.
 */
#ifndef WT_TESTS_SCREEN_H
#define WT_TESTS_SCREEN_H

#include "support/fixture.h"
#include "ui/app.h"
#include "ui/grid.h"

struct wt_screen {
    struct wt_app *app;
    struct wt_grid grid;
    struct wt_time now;
};

/* All of these fail the test when something does not work. */
void wt_screen_open(struct wt_screen *screen, int cols, int rows,
                    const struct wt_app_options *options);
void wt_screen_close(struct wt_screen *screen);

/* Feeds ticks begin .. end - 1 of a fixture; now is the last of them. */
void wt_screen_feed(struct wt_screen *screen, enum wt_fixture kind, int begin, int end);

/* Keys as the key table writes them, separated by spaces: "Down Down Enter / w e b Enter". Returns
 * the requests of all of them. */
unsigned wt_screen_press(struct wt_screen *screen, const char *keys);

void wt_screen_draw(struct wt_screen *screen);

/* Draws and compares with tests/ui/golden/NAME.txt. */
void wt_screen_check(struct wt_screen *screen, const char *name);

/* Draws; whether the text is anywhere on the screen. */
bool wt_screen_shows(struct wt_screen *screen, const char *text);

/* The row (from 0) of the first line that contains the text, -1 without. */
int wt_screen_row(struct wt_screen *screen, const char *text);

/* Compares any text with tests/ui/golden/NAME.txt. */
void wt_golden_check(const char *name, const char *text);

#endif /* WT_TESTS_SCREEN_H */
