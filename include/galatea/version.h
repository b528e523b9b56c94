/* version.h (room: base) - which Galatea this is. */
#ifndef GALATEA_VERSION_H
#define GALATEA_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0". Static. */
const char *gt_version(void);

#ifdef __cplusplus
}
#endif
#endif
