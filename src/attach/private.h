/* private.h - what the files of src/attach share. */
#ifndef WT_ATTACH_PRIVATE_H
#define WT_ATTACH_PRIVATE_H

#include "attach/attach.h"
#include "attach/file.h"

/* The file that is read now; borrowed until the next look. */
const struct wt_attached_file *wt_attach_file(const struct wt_attach *attach);

#endif /* WT_ATTACH_PRIVATE_H */
