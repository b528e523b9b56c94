# What `make install` leaves: the program, its pages, and a library that another program is compiled with.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "the library of this build needs its sanitizers"
command -v pkg-config >/dev/null || skip "no pkg-config"
prefix="$PWD/a prefix"
expect 0 cmake --install "$(dirname "$GALATEA")" --prefix "$prefix"
"$prefix/bin/galatea" --version | grep -q "^galatea " || fail "the installed program does not run"
for page in galatea galatea-train galatea-data-import; do
    [ -s "$prefix/share/man/man1/$page.1" ] || fail "no manual page $page"
done

cat >consumer.c <<'C'
#include <galatea/dataset.h>
#include <galatea/figure.h>
#include <galatea/pca.h>
#include <galatea/plan.h>
#include <galatea/train.h>
#include <galatea/version.h>
#include <stdio.h>
#include <string.h>

/* 1 + 2 squared, as a graph; and a sentence about a file that is not there. */
int main(void) {
    gt_error err = {0};
    gt_dataset *set = NULL;
    gt_plan *plan = NULL;
    gt_graph *g = gt_graph_create();
    gt_tensor *sum = gt_add(g, gt_constant(g, 1, gt_shape_scalar()), gt_constant(g, 2, gt_shape_scalar()));
    gt_tensor *nine = gt_square(g, sum);
    if (gt_plan_create(g, &nine, 1, NULL, &plan, &err) || gt_plan_run(plan, &err)) return puts(err.text), 1;
    printf("galatea %s: %g\n", gt_version(), gt_plan_output(plan, 0)[0]);
    gt_plan_destroy(plan);
    gt_graph_destroy(g);
    return gt_dataset_open("nothing.h5", &set, &err) != GT_NOT_FOUND || !strstr(err.text, "nothing.h5");
}
C
pc() { PKG_CONFIG_PATH="$(find "$prefix" -name pkgconfig)" pkg-config "$@" galatea; }
expect 0 pc --modversion
eval "words=($(pc --cflags --libs))" # blanks of paths are quoted as a shell wants it
expect 0 cc -std=c11 -o consumer consumer.c "${words[@]}"
expect 0 ./consumer
says out "galatea $(pc --modversion): 9"
# Everything in the archive finds what it needs, and every header what it includes.
expect 0 cc -std=c11 -o whole consumer.c -Wl,--whole-archive "$(find "$prefix" -name libgalatea.a)" -Wl,--no-whole-archive "${words[@]}"
for header in "$prefix"/include/galatea/*.h; do echo "#include <galatea/$(basename "$header")>"; done >all.c
echo 'int main(void) { return 0; }' >>all.c
expect 0 cc -std=c11 -o all all.c "${words[@]}"
