/* CFITSIO opens addresses of the network through libcurl. Neither the program nor its reader
 * process opens any, so they do without libcurl: here its calls end. */
#include <stddef.h>

enum { FAILED_INIT = 2 /* CURLE_FAILED_INIT */ };

int curl_global_init(long flags);
void curl_global_cleanup(void);
void *curl_easy_init(void);
int curl_easy_setopt(void *handle, int option, ...);
int curl_easy_perform(void *handle);
void curl_easy_cleanup(void *handle);

int curl_global_init(long flags) {
    return FAILED_INIT;
}

void curl_global_cleanup(void) {}

void *curl_easy_init(void) {
    return NULL;
}

int curl_easy_setopt(void *handle, int option, ...) {
    return FAILED_INIT;
}

int curl_easy_perform(void *handle) {
    return FAILED_INIT;
}

void curl_easy_cleanup(void *handle) {}
