/* watch.c - see watch.h. */
#include "watch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PATIENCE = 50, IN_A_ROW = 3 };  /* steps until running means tell anything */
enum { GROWN_IN_A_ROW = 5 };           /* one large loss, or a few, may be of odd images */
enum { ALIKE = GT_TERMS, AWAY, IDLE }; /* numbers of alarms behind those of the terms */
enum { GROWN };                        /* the number of the loss itself */

static const double near_zero = 0.9, grown = 100;

static int find_term(const gt_stepper *stepper, const char *name) {
    int count = gt_stepper_term_count(stepper), i = 1;
    while (i < count && strcmp(gt_stepper_term_name(stepper, i), name) != 0) i++;
    GT_ASSERT(i < count);
    return i;
}

gt_watch gt_watch_make(const gt_stepper *stepper) {
    gt_watch watch = {.stepper = stepper};
    for (int i = 1; i < gt_stepper_term_count(stepper) && !watch.spread; i++) {
        const gt_monitor *monitor = gt_stepper_monitor(stepper, i);
        if (monitor->healthy <= 0 && !monitor->against) continue;
        watch.spread = i;
        if (monitor->against) watch.usual = find_term(stepper, monitor->against);
    }
    return watch;
}

void gt_watch_step(gt_watch *w, const double *terms, bool goes_on) {
    double old = goes_on && w->watched == 0 ? 0 : 0.9;
    if (w->watched++ == 0) w->first = terms[0];
    bool is_grown = terms[0] > grown * (1 + fabs(w->first));
    w->in_a_row[GROWN] = is_grown ? w->in_a_row[GROWN] + 1 : 0;
    w->loss = terms[0];
    for (int i = 1; i < gt_stepper_term_count(w->stepper); i++) {
        if (isnan(terms[i])) continue;
        w->means[i] = old * w->means[i] + (1 - old) * terms[i];
        double least = gt_stepper_monitor(w->stepper, i)->least;
        bool is_below = least > 0 && terms[i] < least;
        w->in_a_row[i] = is_below ? w->in_a_row[i] + 1 : 0;
    }
}

static double healthy(const gt_watch *w) {
    return w->usual ? w->means[w->usual] : gt_stepper_monitor(w->stepper, w->spread)->healthy;
}

double gt_watch_collapse(const gt_watch *w) {
    if (!w->spread) return -1;
    return healthy(w) > 0 ? fmax(0, 1 - w->means[w->spread] / healthy(w)) : 0;
}

static bool is_due(const gt_watch *w, int alarm) {
    if (alarm == GROWN) return w->in_a_row[GROWN] >= GROWN_IN_A_ROW;
    if (alarm < ALIKE) return w->in_a_row[alarm] >= IN_A_ROW;
    if (!w->spread || w->watched < PATIENCE) return false;
    double most = gt_stepper_monitor(w->stepper, w->spread)->most;
    return alarm == ALIKE ? gt_watch_collapse(w) > near_zero
                          : most > 0 && w->means[w->spread] > most;
}

static void say(const gt_watch *w, int alarm, char text[GT_WATCH_ROOM]) {
    if (alarm == GROWN) {
        snprintf(text, GT_WATCH_ROOM,
                 "the loss has grown from %.4g to %.4g: the model diverges; try a lower "
                 "learning rate",
                 w->first, w->loss);
        return;
    }
    if (alarm < ALIKE) {
        snprintf(text, GT_WATCH_ROOM, "%s was next to nothing %d times in a row: %s",
                 gt_stepper_term_name(w->stepper, alarm), IN_A_ROW,
                 gt_stepper_monitor(w->stepper, alarm)->lost);
        return;
    }
    snprintf(text, GT_WATCH_ROOM,
             "the outputs %s (%s %.2g, healthy is about %.2g): the model %s",
             alarm == ALIKE ? "are nearly the same for all images" : "run away",
             gt_stepper_term_name(w->stepper, w->spread), w->means[w->spread], healthy(w),
             alarm == ALIKE ? "has collapsed; try another learning rate or a larger batch"
                            : "diverges; try a lower learning rate");
}

bool gt_watch_alarm(gt_watch *w, char text[GT_WATCH_ROOM]) {
    for (int alarm = GROWN; alarm <= AWAY; alarm++) {
        if ((w->told >> alarm & 1) || !is_due(w, alarm)) continue;
        w->told |= 1U << alarm;
        say(w, alarm, text);
        return true;
    }
    return false;
}

bool gt_watch_epoch(gt_watch *w, double loss, bool is_last, char text[GT_WATCH_ROOM]) {
    double idle = gt_stepper_idle(w->stepper);
    if (idle <= 0 || loss < idle || (w->watched < PATIENCE && !is_last)) return false;
    if (w->told & (1U << GROWN | 1U << IDLE)) return false;
    w->told |= 1U << IDLE;
    snprintf(text, GT_WATCH_ROOM,
             "the loss is %.4g, no less than the %.4g of a network that does nothing: nothing "
             "is learned; try another learning rate or more epochs",
             loss, idle);
    return true;
}
