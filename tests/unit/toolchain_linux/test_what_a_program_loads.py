"""What of Python and Perl a program's sources ask for."""

from __future__ import annotations

import ast

import pytest

from toolchains.linux.perl import modules_named
from toolchains.linux.scan_imports import imported_names


@pytest.mark.parametrize(
    ("test", "reached"),
    [
        ("TYPE_CHECKING", {"b"}),
        ("typing.TYPE_CHECKING", {"b"}),
        ("not TYPE_CHECKING", {"a"}),
        ("not t.TYPE_CHECKING", {"a"}),
        ("TYPE_CHECKING or MORE", {"a", "b"}),
        ("FLAG", {"a", "b"}),
    ],
)
def test_an_import_for_types_only_is_read_by_value(test: str, reached: set[str]) -> None:
    tree = ast.parse(f"if {test}:\n    import a\nelse:\n    import b\n")
    assert {name for name, _ in imported_names(tree, "")} == reached


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("use Math::BigInt;", {"Math::BigInt", "Math::BigInt::Calc"}),
        ("use utf8;\nuse parent qw(-norequire Base);", {"utf8", "parent"}),
        ("sub f { require POSIX; return 1 }", {"POSIX"}),
        ("my $x = eval { require JSON::PP };", {"JSON::PP"}),
        ("use v5.36; $use strict; use_ok Foo;", set()),
        ("open my $f, '<:encoding(UTF-8)', $n;", {"PerlIO", "PerlIO::encoding", "Encode"}),
        ("open my $f, '<:encoding(iso-8859-15)', $n;", {"PerlIO", "PerlIO::encoding", "Encode"}),
        ('print "\\N{DEGREE SIGN}";', {"charnames"}),
        ("use strict;\n__END__\nuse Never;", {"strict"}),
    ],
)
def test_what_a_perl_source_says_is_loaded(source: str, modules: set[str]) -> None:
    assert modules_named(source) - {"Encode::Byte"} == modules
