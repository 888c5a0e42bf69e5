# SW_WARNINGS: every warning both compilers know, each probed, into SW_WARN.
AC_DEFUN([SW_WARNINGS],[
AX_APPEND_COMPILE_FLAGS([-Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wformat=2 dnl
    -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla -Walloca dnl
    -Wimplicit-fallthrough -Wswitch-enum -Wundef -Wcast-qual -Wwrite-strings dnl
    -Wpointer-arith -Wnull-dereference -Wlogical-op -Wduplicated-cond dnl
    -Wduplicated-branches -Wformat-signedness -Wstringop-overflow=4 dnl
    -Wuse-after-free=3 -Wjump-misses-init -Wbidi-chars=any -Wtrampolines],
    [SW_WARN],[-Werror])
AS_IF([test "$enable_werror" = yes],[SW_WARN="$SW_WARN -Werror"])
AC_SUBST([SW_WARN])
])
