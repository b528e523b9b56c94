/* version.h (room: base) - which Galatea this is.
 *
 * Versions are MAJOR.MINOR.PATCH. Programs built with one MAJOR.MINOR run with its patches
 * alone: until 1.0 a new minor version may change any struct or function. */
#ifndef GALATEA_VERSION_H
#define GALATEA_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that is loaded, as text ("0.1.0"). Static: never freed. Callable
 * from any thread. */
const char *gt_version(void);

#ifdef __cplusplus
}
#endif
#endif
