# What `make install` leaves: the program, its pages, and the library, with which another program is
# compiled through pkg-config and through CMake, against the shared and against the static one.
[ -n "${GT_SLOW_BUILD:-}" ] && skip "the library of this build needs its sanitizers"
command -v pkg-config >/dev/null || skip "no pkg-config"
prefix="$PWD/a prefix"
expect 0 cmake --install "$(dirname "$GALATEA")" --prefix "$prefix"
# `make` builds what is installed and no test.
(cd "$(dirname "$GALATEA")" && ninja -t query installed && ninja -t inputs installed) 2>/dev/null | tr -d ' ' >needs
for part in galatea galatea-reader libgalatea.a libgalatea.so man completion; do grep -qx "$part" needs || fail "$part is not built"; done
grep -q '^tests/' needs && fail "tests are built with the program"
"$prefix/bin/galatea" --version | grep -q "^galatea " || fail "the installed program does not run"
for page in galatea galatea-train galatea-data-import; do
    [ -s "$prefix/share/man/man1/$page.1" ] || fail "no manual page $page"
done
for script in bash-completion/completions/galatea zsh/site-functions/_galatea fish/vendor_completions.d/galatea.fish; do
    grep -q perplexity "$prefix/share/$script" || fail "no completion $script"
done
library=$(dirname "$(find "$prefix" -name libgalatea.so)")

cat >consumer.c <<'C'
#include <galatea/galatea.h>
#include <stdio.h>
#include <string.h>

/* 1 + 2 squared, as a graph; and a sentence about a file that is not there. */
int main(void) {
    gt_error err = {GT_OK, ""};
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
pc() { PKG_CONFIG_PATH=$library/pkgconfig pkg-config "$@"; }
expect 0 pc --modversion galatea
eval "words=($(pc --cflags --libs galatea))" # blanks of paths are quoted as a shell wants it
version=$(pc --modversion galatea)
runs() { expect 0 env LD_LIBRARY_PATH="$library" "$@"; says out "galatea $version: 9"; }
expect 0 cc -std=c11 -Werror -o consumer consumer.c "${words[@]}"
runs ./consumer
expect 0 g++ -std=c++17 -x c++ -o consumer_cxx consumer.c "${words[@]}"
runs ./consumer_cxx
objdump -p consumer >needed
grep -q "NEEDED.*libgalatea.so.${version%.*}$" needed || fail "the program does not need the library by its version"

# The archive; and with all of it: everything in there finds what it needs.
eval "words=($(pc --cflags --libs galatea-static))"
expect 0 cc -std=c11 -o alone consumer.c "${words[@]}"
expect 0 ./alone
says out "galatea $version: 9"
expect 0 cc -std=c11 -o whole consumer.c -Wl,--whole-archive "$library/libgalatea.a" -Wl,--no-whole-archive "${words[@]}"
expect 0 ./whole
says out "galatea $version: 9"

# The shared library shows the functions of the public headers (as the compiler reads them) and the tables of
# options there, under the version's name; no room of tools/ is in either.
echo '#include <galatea/galatea.h>' >all.c
expect 0 gcc -std=c11 -aux-info declared -fsyntax-only -I"$prefix/include" all.c
sed -n 's|^/\* .*/include/galatea/[^ ]* \*/ extern [^(]*\b\(gt_[a-z0-9_]*\) (.*|\1|p' declared | sort -u >functions
nm -D --defined-only "$library/libgalatea.so" >symbols
sed -n "s/.* T \(.*\)@@GALATEA_${version%.*}$/\1/p" symbols | sort >exported
[ "$(wc -l <exported)" -gt 200 ] || fail "only $(wc -l <exported) functions are exported"
diff functions exported >out 2>err || fail "the library does not export what its headers declare"
grep -v -e ' T gt_' -e ' [DR] gt_[a-z_]*_options@' -e ' A GALATEA' symbols >out && fail "it exports something else"
nm "$library/libgalatea.a" 2>/dev/null | grep -q "gt_replay_file\|gt_benches\|gt_cli_main" && fail "the tools are in the archive"

# CMake's find_package, with the headers' folder and the library in one word.
mkdir package && cat >package/CMakeLists.txt <<'C'
cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES C)
find_package(galatea 0.1 REQUIRED)
add_executable(consumer ../consumer.c)
target_link_libraries(consumer PRIVATE galatea::galatea)
C
expect 0 cmake -S package -B package/build -DCMAKE_PREFIX_PATH="$prefix"
expect 0 cmake --build package/build
runs package/build/consumer
sed -i 's/galatea 0.1/galatea 9.0/' package/CMakeLists.txt
expect 1 cmake -S package -B package/other -DCMAKE_PREFIX_PATH="$prefix"
