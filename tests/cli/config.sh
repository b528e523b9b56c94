# --config, --set and --print-config.
expect 0 galatea help --print-config
says out "quiet = false  # default"
echo "quiet = yes # really" >a.conf
expect 0 galatea help --config a.conf --print-config
says out "quiet = true  # a.conf, line 1"
expect 0 galatea help --config a.conf --no-quiet --print-config
says out "quiet = false  # command line"
expect 0 galatea help --set quiet=on --print-config
says out "quiet = true  # command line"
galatea help --config a.conf --print-config >b.conf
expect 0 galatea help --config b.conf --print-config
says out "quiet = true  # b.conf, line 1"

printf 'quiet = yes\nqiet = no\n' >wrong.conf
expect 2 galatea help --config wrong.conf
one_line "galatea: wrong.conf, line 2: unknown key 'qiet'; did you mean 'quiet'?"
expect 1 galatea help --config missing.conf
one_line "missing.conf: No such file or directory"
expect 1 galatea help --config .
one_line "galatea: "
head -c 2000000 /dev/zero | tr '\0' '#' >big.conf
expect 1 galatea help --config big.conf
one_line "big.conf"
printf 'quiet = yes\0' >zero.conf
expect 2 galatea help --config zero.conf
one_line "zero.conf"
