"""Small scripts for psql and for dsqltui: one row each, with what is known to differ and why.

There is a table `pc.t (id int primary key, v text)` with the rows (1, one), (2, two), (3, NULL).
"""

from dataclasses import dataclass, field
from enum import Enum


class Way(Enum):
    """How dsqltui is given the script."""

    FILE = "exec -f"
    PIPE = "exec <"
    PLAIN = "--plain <"


class Aspect(Enum):
    """What is compared."""

    SENT = "what the server received"
    PRINTED = "standard output"
    ERRORS = "the server's errors"
    SUCCESS = "whether it ended well"
    FILES = "files that were written"


EVERY = (Way.FILE, Way.PIPE, Way.PLAIN)
EXEC = (Way.FILE, Way.PIPE)
PLAIN = (Way.PLAIN,)


@dataclass(frozen=True)
class Difference:
    """Something that is not as in psql."""

    aspect: Aspect
    reason: str
    ways: tuple[Way, ...] = EVERY


@dataclass(frozen=True)
class Case:
    """A script."""

    name: str
    script: str
    differences: tuple[Difference, ...] = ()
    since: int = 15
    """The psql that first has what it uses."""
    files: dict[str, str] = field(default_factory=dict)
    """Files beside it."""
    options: tuple[str, ...] = ()
    """-v of psql and of exec."""


SENT, PRINTED, ERRORS, SUCCESS, FILES = Aspect
OWN_CATALOG = Difference(SENT, "the catalog is asked with queries of our own")
REFUSED = "not done here: refused with the reason, and nothing of the script is sent"
VOID = r"what is written behind a \set or \i that failed is not run, also from a pipe"
REFUSED_PLAIN = "not done here: refused with the reason when its turn comes"
STATUS = Difference(SUCCESS, "an error is told by the exit status, also with ON_ERROR_STOP off")
CONVERSATION = "in a conversation what stands behind a failure on the same line is not run"
STOP_OFF = r"\set ON_ERROR_STOP off"


def refused(*aspects: Aspect, plain: tuple[Aspect, ...] = ()) -> tuple[Difference, ...]:
    """A command of psql that is not done here."""
    return (
        *(Difference(aspect, REFUSED, EXEC) for aspect in aspects),
        *(Difference(aspect, REFUSED_PLAIN, PLAIN) for aspect in plain),
    )


def everywhere(reason: str, *aspects: Aspect, ways: tuple[Way, ...] = EVERY) -> tuple[Difference, ...]:
    """One reason for several aspects."""
    return tuple(Difference(aspect, reason, ways) for aspect in aspects)


def block(name: str, command: str, **more: object) -> Case:
    """A command in the middle of a statement."""
    script = f"delete from pc.t\n{command}\n where id = 1;\nselect id from pc.t order by id;\n"
    return Case(name, script, **more)  # type: ignore[arg-type]


CASES: tuple[Case, ...] = (
    # -- the query buffer
    Case("one statement", "select 1 as a;"),
    Case("two on a line", "select 1 as a; select 2 as b;"),
    Case("no semicolon at the end", "select 1 as a;\nselect 2 as b"),
    Case("no semicolon, a comment at the end", "select 2 as b -- last"),
    Case("empty statements", ";;\n; select 1 as a;", (Difference(SENT, "empty statements are not sent"),)),
    Case("only comments", "-- a\n-- b\n"),
    Case("only a block comment", "/* a */\n", (Difference(SENT, "a comment alone is not sent"),)),
    Case("comments before", "-- a\n/* b */ -- c\nselect 1 as a;"),
    Case("comments behind", "select 1 as a /* tag */ -- e\n;"),
    Case("nested comments", "select /* a /* ; */ b */ 1 as a;"),
    Case("empty lines within", "select\n\n\n1 as a\n\n;"),
    Case("empty lines in a text", "select 'a\n\n\nb' as a;"),
    Case("semicolons in quotes", "select ';' as \";\", $$;$$ as b, $x$;$$;$x$ as c, e'\\';' as d;"),
    Case("semicolons in parentheses", "select (1;\n);"),
    Case(
        "too many closing parentheses", "select 1); select 2 as b;", everywhere(CONVERSATION, SENT, PRINTED, ways=PLAIN)
    ),
    Case("windows line ends", "select 1 as a;\r\nselect 'x' as b;\r\n"),
    Case("tabs and blanks", "\t select\t1  as a ; \t"),
    Case("not only letters", "select 'é日本👍' as \"größe\";"),
    Case(
        "a body with BEGIN ATOMIC",
        "create function pc.f() returns int language sql begin atomic select 1; select 2; end; select pc.f() as f; drop function pc.f();",
    ),
    block("echo within", r"\echo x"),
    block("set within", r"\set n 1"),
    block("expanded within", r"\x"),
    block("pset within", r"\pset null NN"),
    block("timing within", r"\timing off"),
    block("print within", r"\p"),
    block("two commands on a line within", r"\echo a \echo b"),
    block("qecho within", r"\qecho x"),
    block("unset within", r"\unset n"),
    block("describe within", r"\d pc.t", differences=(OWN_CATALOG,)),
    block("list within", r"\dn pc", differences=(OWN_CATALOG,)),
    block(
        "conninfo within",
        r"\conninfo",
        differences=(Difference(PRINTED, "Region and transaction are shown, in our own words"),),
    ),
    block("help within", r"\?", differences=(Difference(PRINTED, "the commands are our own"),)),
    block("include within", r"\i part.sql", files={"part.sql": "select 'from the file' as x;\n"}),
    block("output within", r"\o out.txt"),
    block("encoding within", r"\encoding UTF8", differences=(Difference(SENT, "UTF8 is in force already"),)),
    block("cd within", r"\cd /"),
    Case("a command behind the first line", "select 1 as a \\echo x\n, 2 as b;"),
    Case("a command on a line of blanks", "select 1 as a\n  \\echo x\n, 2 as b;"),
    Case("separated commands", "\\set x 1 \\\\ select :x as a;\n\\echo a \\\\ select 2 as b;"),
    Case("a command and SQL behind it", "select 1 as a; \\echo x\nselect 2 as b;"),
    Case("variables are replaced when they are read", "\\set x 1\nselect :x as a\n\\set x 2\n, :x as b;"),
    Case("reset", "select 1 as a\n\\r\nselect 2 as b;"),
    Case("reset within parentheses", "select (1\n\\r\nselect 2 as b;"),
    Case("reset, then print", "select 1 as a\n\\r\n\\p\nselect 2 as b;"),
    Case("print the last statement", "select 1 as a;\n\\p"),
    Case("print nothing", "\\p\nselect 1 as a;"),
    Case("write the buffer", "select 1 as a\n\\w out.txt\n;"),
    Case("write the last statement", "select 1 as a;\n\\w out.txt"),
    Case("quit", "select 1 as a;\n\\q\nselect 2 as b;"),
    Case(
        "quit within a statement",
        "select 1 as a;\nselect 2\n\\q\n as b;",
        everywhere("psql sends what is not finished; here no command does", SENT, PRINTED),
    ),
    Case("quit with a semicolon", "select 1 as a;\n\\q;\n", (Difference(SUCCESS, r"\q; is taken for \q"),)),
    # -- what ends a statement
    Case("g", "select 1 as a \\g\nselect 2 as b \\g"),
    Case("g again", "select 1 as a;\n\\g\n\\gx"),
    Case("gx", "select 1 as a, 'x' as b \\gx\nselect 2 as b;"),
    Case("g to a file", "select 1 as a \\g out.txt\nselect 2 as b;"),
    Case(
        "g with options",
        "select 1 as a, 2 as b \\g (format=csv)\nselect 1 as a, null as b \\g (null=NN expanded=on)\nselect 2 as b;",
    ),
    Case("g with options to a file", "select 1 as a, 2 as b \\g (format=unaligned) out.txt\nselect 2 as b;"),
    Case("g behind a command", "select 1 as a \\echo x \\g\nselect 2 as b;"),
    Case("g after SQL with a block comment", "select 1 as a /* b */ \\g"),
    Case("two statements by g on a line", "select 1 as a \\g \\\\ select 2 as b \\g"),
    Case("gset", "select 1 as a, 'x y' as b, null as c \\gset\n\\echo :a :b :{?c}\n"),
    Case("gset with a prefix", "select 1 as a \\gset p_\n\\echo :p_a\nselect :p_a + 1 as b;"),
    Case("gset again", "select 1 as a;\n\\gset\n\\echo :a"),
    Case("gset without a row", "select 1 as a where false \\gset\n\\echo x"),
    Case("gset with two rows", "select id from pc.t \\gset\n\\echo x"),
    Case("gset of a special name", "select 'off' as \"AUTOCOMMIT\" \\gset\n\\echo :AUTOCOMMIT"),
    Case("gset of what is refused", "select nope \\gset\n\\echo x"),
    Case("gexec", "select 'select ' || id || ' as n' from pc.t where id < 3 order by id \\gexec\nselect 9 as z;"),
    Case("gexec of two columns", "select 'select 1 as a', null, 'select 2 as b' \\gexec"),
    Case(
        "gexec with a failure",
        "select unnest(array['select 1 as a', 'select nope', 'select 2 as b']) \\gexec\nselect 9 as z;",
        (Difference(SENT, CONVERSATION, PLAIN), Difference(PRINTED, CONVERSATION, PLAIN)),
    ),
    Case("bind", "select $1::int + $2::int as a \\bind 1 2 \\g\nselect 2 as b;", since=16),
    Case("bind before", "\\bind 7\nselect $1::int as a;", since=16),
    Case("bind of texts", "select $1 as a, $2 as b \\bind 'x y' ';' \\g", since=16),
    Case(
        "bind into a table",
        "insert into pc.t values ($1, $2) \\bind 9 nine \\g\nselect * from pc.t where id = 9;",
        since=16,
    ),
    Case(
        "watch with a count",
        "select 1 as a \\watch c=2 i=0.1",
        (Difference(PRINTED, "psql puts the time above each round"),),
        since=17,
    ),
    # -- refused before anything is sent
    Case(
        "shell",
        "select 1 as a;\n\\! echo hi\nselect 2 as b;",
        refused(SENT, PRINTED, SUCCESS, plain=(PRINTED, SUCCESS)),
    ),
    Case("unknown", "select 1 as a;\n\\frobnicate\nselect 2 as b;", refused(SENT, PRINTED)),
    Case("unknown within", "delete from pc.t\n\\frobnicate\nwhere id = 1;"),
    Case(
        "unknown within, going on",
        f"{STOP_OFF}\ndelete from pc.t\n\\frobnicate x y\nwhere id = 1;\nselect id from pc.t order by id;",
        (STATUS,),
    ),
    Case("unknown takes its line", f"{STOP_OFF}\n\\frobnicate x \\echo y\nselect 1 as a;", (STATUS,)),
    Case(
        "joined",
        "select 1 as a \\; select 2 as b;",
        refused(SENT, PRINTED, SUCCESS, plain=(SENT, PRINTED, SUCCESS)),
    ),
    Case("gdesc", "select 1 as a \\gdesc", refused(SENT, PRINTED, SUCCESS, plain=(SENT, PRINTED, SUCCESS))),
    Case(
        "crosstabview",
        "select id, v, 1 from pc.t where id < 3 order by 1 \\crosstabview",
        refused(SENT, PRINTED, SUCCESS, plain=(SENT, PRINTED, SUCCESS)),
    ),
    Case(
        "prepared by name",
        "select $1::int as a \\parse s1\n\\bind_named s1 4 \\g",
        refused(SENT, PRINTED, SUCCESS, plain=(SENT, PRINTED, SUCCESS)),
        since=18,
    ),
    Case(
        "a pipe",
        "select 1 as a \\g | cat\nselect 2 as b;",
        everywhere("programs are not run", SENT, PRINTED, SUCCESS),
    ),
    Case(
        "backquotes",
        "\\set x `echo 3`\nselect :x as a;",
        (
            *everywhere("programs are not run", SENT, PRINTED, SUCCESS),
            Difference(ERRORS, "the same: the variable is not set", PLAIN),
        ),
    ),
    # -- conditions
    Case("if true", "\\if true\nselect 1 as a;\n\\endif\nselect 2 as b;"),
    Case("if false", "\\if false\nselect 1 as a;\n\\endif\nselect 2 as b;"),
    Case("if else", "\\if 0\nselect 1 as a;\n\\else\nselect 2 as b;\n\\endif"),
    Case(
        "elif",
        "\\set n 2\nselect :n = 1 as is_one, :n = 2 as is_two \\gset\n\\if :is_one\n\\echo one\n\\elif :is_two\n\\echo two\n\\else\n\\echo other\n\\endif",
    ),
    Case("if within a statement", "select 1\n\\if true\n+ 2\n\\else\n+ 3\n\\endif\nas a;"),
    Case("if within, false", "select 1\n\\if false\n+ 2\n\\else\n+ 3\n\\endif\nas a;"),
    Case(
        "nested if",
        "\\if true\n\\if false\n\\echo a\n\\else\n\\echo b\n\\endif\n\\else\n\\if true\n\\echo c\n\\endif\n\\endif",
    ),
    Case("if of a variable that is not there", "\\if :{?nope}\n\\echo a\n\\else\n\\echo b\n\\endif"),
    Case("if with nonsense", "\\if maybe\n\\echo a\n\\else\n\\echo b\n\\endif"),
    Case("commands skipped", "\\if false\n\\i absent.sql\n\\set x 1\n\\q\n\\endif\n\\echo :{?x}"),
    Case("an unfinished statement in a branch", "\\if false\nselect (1,\n\\endif\nselect 2 as b;"),
    Case("else without if", "select 1 as a;\n\\else\nselect 2 as b;"),
    Case("if without endif, unfinished", "\\if true\nselect 1 as a"),
    Case("if without endif, not taken", "\\if false\nselect 1 as a"),
    Case("if without endif", "\\if true\nselect 1 as a;\n"),
    Case("else twice", "\\if true\n\\echo a\n\\else\n\\echo b\n\\else\n\\echo c\n\\endif"),
    Case(
        "an error within if",
        "\\if true\nselect nope;\nselect 1 as a;\n\\endif\nselect 2 as b;",
        (Difference(SENT, CONVERSATION, PLAIN), Difference(PRINTED, CONVERSATION, PLAIN)),
    ),
    Case("unknown in a branch not taken", f"{STOP_OFF}\n\\if false\n\\frobnicate\n\\endif\nselect 1 as a;"),
    # -- quotes, variables, \set
    Case("set joins", "\\set a x 'y z' \"My T\" 3\n\\echo :a"),
    Case("set keeps double quotes", '\\set t "My T"\n\\echo :t :\'t\' :"t"'),
    Case(
        "single quotes",
        "\\echo 'it''s' 'a\\tb\\\\' '\\x41\\101'",
        (Difference(PRINTED, "tabs are written as blanks, for screen readers", PLAIN),),
    ),
    Case("quotes that touch", "\\echo a' 'b\"c d\"e"),
    Case(
        "echo without line end",
        "\\echo -n a\n\\echo b\n\\echo '-n' c\n\\echo -n",
        (Difference(PRINTED, "every answer begins a line", PLAIN),),
    ),
    Case("echo of semicolons", "\\echo a; b;"),
    Case(
        "a quote that is not closed",
        "\\echo 'a\nselect 1 as a;",
        (
            *everywhere("psql says so and goes on; here it is an error", SENT, PRINTED, ways=EXEC),
            Difference(SUCCESS, "the same"),
            Difference(PRINTED, "the same", PLAIN),
        ),
    ),
    Case(
        "variables in SQL",
        "\\set a 1\n\\set s 'O''Brien'\n\\set i 'My col'\nselect :a as a, :'s' as s, 2 as :\"i\", :{?a} as x, :{?b} as y;",
    ),
    Case("no variables in quotes", "\\set a 1\nselect ':a' as a, $$:a$$ as b, 1 as \":a\" /* :a */;"),
    Case("casts are no variables", "\\set int 1\nselect '2'::int as a, '3' :: int as b;"),
    Case("an escaped colon", "\\set a 1\nselect '1'\\:\\:int as a;"),
    Case("a slice is no variable", "select (array[1,2,3])[1:2] as a;"),
    Case("a variable that is not there", "select :nope;"),
    Case("variables as they were when it was read", "\\set a 1\nselect :a as x;\n\\set a 2\n\\g\n\\p"),
    Case("variables in variables", "\\set a 1\n\\set b ':a + 1'\nselect :b as x;"),
    Case("a variable of two statements", "\\set q 'select 1 as a; select 2 as b'\n:q;"),
    Case("variables of commands", "\\set f part\n\\i :f.sql\n", files={"part.sql": "select 1 as a;\n"}),
    Case(
        "variables on the command line",
        "select :a as a, :'b' as b;",
        everywhere("--plain has no -v", SENT, PRINTED, ERRORS, SUCCESS, ways=PLAIN),
        options=("-v", "a=1", "-v", "b=x y"),
    ),
    Case("unset", "\\set a 1\n\\unset a\n\\echo :a :{?a}"),
    Case("set without a value", "\\set a\n\\echo [:a] :{?a}"),
    Case("a name that cannot be", "\\set a-b 1\n\\echo x"),
    Case(
        "variables of the outcome",
        STOP_OFF
        + "\nselect 1 as a from pc.t;\n\\echo :ERROR :SQLSTATE :ROW_COUNT\nselect nope;\n\\echo :ERROR :SQLSTATE :ROW_COUNT :LAST_ERROR_SQLSTATE\n\\echo :LAST_ERROR_MESSAGE",
        (STATUS,),
    ),
    Case("variables of the connection", "\\echo :DBNAME :USER :ENCODING :AUTOCOMMIT :ECHO"),
    Case(
        "arguments too many",
        "\\x on z\nselect 1 as a;",
        (
            *everywhere("psql says so and goes on; here it is an error", SENT, PRINTED, ways=EXEC),
            Difference(SUCCESS, "the same"),
            Difference(PRINTED, "the same", PLAIN),
        ),
    ),
    Case("getenv", "\\getenv h PSQL_TEST_WORD\n\\echo :h\n\\getenv nope PSQL_TEST_ABSENT\n\\echo :{?nope}"),
    # -- psql's variables that change what is done
    Case(
        "AUTOCOMMIT off",
        "\\set AUTOCOMMIT off\ninsert into pc.t values (4, 'x');\ncommit;\nselect count(*) from pc.t;\ncommit;",
    ),
    Case(
        "AUTOCOMMIT off, rolled back",
        "\\set AUTOCOMMIT off\ndelete from pc.t;\nrollback;\n\\set AUTOCOMMIT on\nselect count(*) from pc.t;",
    ),
    Case(
        "AUTOCOMMIT off, left open",
        "\\set AUTOCOMMIT off\ndelete from pc.t;\n",
        (Difference(SUCCESS, "a transaction left open at the end is named, and is no success"),),
    ),
    Case(
        "AUTOCOMMIT off from the command line",
        "delete from pc.t where id = 1;\ncommit;\n",
        options=("-v", "AUTOCOMMIT=off"),
        differences=(Difference(SENT, "--plain has no -v", PLAIN),),
    ),
    Case("AUTOCOMMIT and BEGIN of one's own", "\\set AUTOCOMMIT off\nbegin;\ndelete from pc.t where id = 1;\ncommit;"),
    Case("AUTOCOMMIT maybe", "\\set AUTOCOMMIT maybe\nselect 1 as a;", everywhere(VOID, SENT, PRINTED, ways=PLAIN)),
    Case(
        "left open",
        "begin;\ndelete from pc.t;\n",
        (Difference(SUCCESS, "a transaction left open at the end is named, and is no success"),),
    ),
    Case(
        "COMMIT of a failed transaction",
        f"{STOP_OFF}\nbegin;\nselect nope;\ncommit;\nselect count(*) from pc.t;",
        (STATUS,),
    ),
    Case("ON_ERROR_STOP off", f"{STOP_OFF}\nselect nope;\nselect 1 as a;", (STATUS,)),
    Case("ON_ERROR_STOP on", "select nope;\nselect 1 as a;"),
    Case(
        "ON_ERROR_ROLLBACK",
        "\\set ON_ERROR_ROLLBACK on\nselect 1 as a;",
        (
            *everywhere(VOID, SENT, PRINTED, ways=PLAIN),
            Difference(SENT, "it needs savepoints, which Aurora DSQL has not: refused", EXEC),
            Difference(PRINTED, "the same", EXEC),
            Difference(SUCCESS, "the same"),
        ),
    ),
    Case(
        "SINGLELINE",
        "\\set SINGLELINE on\nselect 1 as a\n",
        (
            *everywhere(VOID, SENT, PRINTED, ways=PLAIN),
            Difference(SUCCESS, "lines do not end statements here: refused"),
            Difference(SENT, "the same", EXEC),
            Difference(PRINTED, "the same", EXEC),
        ),
    ),
    Case(
        "ECHO all",
        "\\set ECHO all\nselect 1 as a;\n-- note\n\nselect 2 as b;\n",
        (Difference(PRINTED, "a conversation shows what is written anyway", PLAIN),),
    ),
    Case("ECHO queries", "\\set ECHO queries\nselect 1\n as a;\nselect 2 as b;\n\\echo x\n"),
    Case("ECHO errors", f"{STOP_OFF}\n\\set ECHO errors\nselect nope;\n", (STATUS,)),
    Case("VERBOSITY terse", f"{STOP_OFF}\n\\set VERBOSITY terse\nselect nope;\n", (STATUS,)),
    Case("FETCH_COUNT", "\\set FETCH_COUNT 2\nselect id, v from pc.t order by id;"),
    Case("HISTFILE and prompts", "\\set HISTFILE x\n\\set PROMPT1 y\nselect 1 as a;"),
    Case(
        "client_encoding by SET",
        "set client_encoding = 'LATIN1';\nselect 'é' as a;",
        (
            Difference(SENT, "refused: text goes as UTF8"),
            Difference(PRINTED, "the same"),
            Difference(SUCCESS, "the same"),
        ),
    ),
    Case("client_encoding UTF8", "set client_encoding = 'UTF8';\nselect 'é' as a;"),
    Case(
        "encoding LATIN1",
        "\\encoding LATIN1\nselect 'é' as a;",
        (
            Difference(SENT, "refused: text goes as UTF8"),
            Difference(PRINTED, "the same"),
            Difference(SUCCESS, "the same"),
        ),
    ),
    # -- how results look
    Case("null", "\\pset null NN\nselect null as a, '' as b;"),
    Case("tuples only", "\\t\nselect 1 as abc, null as b;\n\\t off\nselect 2 as b;"),
    Case(
        "unaligned",
        "\\a\nselect 1 as a, 'x|y' as b, null as c;\n\\a\nselect 2 as b;",
        (Difference(PRINTED, r"\a chooses pane A there", PLAIN),),
    ),
    Case("field separator", "\\pset format unaligned\n\\f ;\nselect 1 as a, 2 as b;"),
    Case("csv", "\\pset format csv\nselect 1 as a, 'x,\"y' as b, null as c, '' as d;"),
    Case("expanded", "\\x\nselect id, v from pc.t order by id;\n\\x off\nselect 2 as b;"),
    Case("expanded auto", "\\x auto\nselect 1 as a;"),
    Case("title", "\\C Numbers\nselect 1 as a;\n\\C\nselect 2 as b;"),
    Case("footer", "\\pset footer off\nselect 1 as a;"),
    Case("an option that is not there", "\\pset nonsense 1\nselect 1 as a;"),
    Case("wide and long values", "select 'a\nb' as \"x\ny\", '日本' as c, 'tab\there' as d;"),
    Case("numbers and texts", "select 1.50 as n, true as b, 'x' as t, '{1,2}'::int[] as a, now() > '2020-01-01' as d;"),
    Case("no rows", "select id from pc.t where false;"),
    # -- files
    Case("output to a file", "\\o out.txt\nselect 1 as a;\n\\qecho x\n\\echo y\n\\o\nselect 2 as b;"),
    Case("output, a second file", "\\o a.txt\nselect 1 as a;\n\\o b.txt\nselect 2 as b;"),
    Case("output, then an error", "\\o out.txt\nselect 1 as a;\nselect nope;"),
    Case("output, then quit", "\\o out.txt\nselect 1 as a;\n\\q"),
    Case("copy out into the file of o", "\\o out.txt\ncopy (select id from pc.t order by id) to stdout;\n"),
    Case("include", "\\i part.sql\nselect 2 as b;", files={"part.sql": "select 1 as a;\n"}),
    Case("include without a semicolon", "\\i part.sql\nselect 2 as b;", files={"part.sql": "select 1 as a"}),
    Case(
        "include that quits", "\\i part.sql\nselect 2 as b;", files={"part.sql": "select 1 as a;\n\\q\nselect 9 as z;"}
    ),
    Case(
        "include that fails",
        "\\i part.sql\nselect 2 as b;",
        files={"part.sql": "select nope;\nselect 9 as z;"},
        differences=(
            Difference(SENT, "in a conversation a file stops at its first failure", PLAIN),
            Difference(PRINTED, "in a conversation a file stops at its first failure", PLAIN),
        ),
    ),
    Case("include that is not there", "\\i absent.sql\nselect 2 as b;", everywhere(VOID, SENT, PRINTED, ways=PLAIN)),
    Case("copy in", "copy pc.t from stdin;\n7\tseven\n8\t\\N\n\\.\nselect * from pc.t where id > 6 order by id;"),
    Case(
        "copy in, data like SQL",
        'copy pc.t from stdin (format csv);\n7,"it\'s; \\x"\n\\.\nselect * from pc.t where id > 6;',
    ),
    Case(
        "copy out",
        "copy (select id, v from pc.t order by id) to stdout;\nselect 2 as b;",
        (Difference(PRINTED, "tabs are written as blanks, for screen readers", PLAIN),),
    ),
    Case("copy command in", "\\copy pc.t from stdin csv\n7,seven\n\\.\nselect * from pc.t where id > 6;"),
    Case("copy command out to a file", "\\copy (select id, v from pc.t order by id) to 'out.csv' csv header"),
    Case(
        "copy command from a file",
        "\\copy pc.t from 'in.csv' csv\nselect * from pc.t where id > 6;",
        files={"in.csv": "7,seven\n"},
    ),
    # -- errors and the rest
    Case("a syntax error", "selec 1;\nselect 1 as a;"),
    Case("a duplicate key", "insert into pc.t values (1, 'x');\nselect 1 as a;"),
    Case(
        "a failed transaction",
        f"{STOP_OFF}\nbegin;\nselect nope;\nselect 1 as a;\nrollback;\nselect 2 as b;",
        (STATUS,),
    ),
    Case("restrict", "\\restrict abc\nselect 1 as a;\n\\unrestrict abc\n\\echo x"),
    Case("restrict, a command within", "\\restrict abc\nselect 1 as a;\n\\echo y\n\\unrestrict abc\n\\echo x"),
    Case("restrict, a wrong key", "\\restrict abc\n\\unrestrict abd\n\\unrestrict abc\n\\echo x"),
    Case("unrestrict alone", "\\unrestrict abc\n\\echo x"),
    Case("errverbose", f"{STOP_OFF}\n\\errverbose\nselect nope;\n\\errverbose\n", (STATUS,)),
    Case(
        "exit and quit are SQL in a script",
        f"{STOP_OFF}\nexit\n;\nselect 1 as a;",
        (
            Difference(SUCCESS, STATUS.reason, EXEC),
            Difference(SENT, "--plain is a conversation, also through a pipe: exit ends it", PLAIN),
            Difference(PRINTED, "the same", PLAIN),
            Difference(ERRORS, "the same", PLAIN),
        ),
    ),
    Case(
        "a transaction",
        "begin;\ninsert into pc.t values (4, 'four');\nselect count(*) from pc.t;\ncommit;\nselect count(*) from pc.t;",
    ),
    Case(
        "a big script",
        "".join(f"insert into pc.t values ({n}, 'x');\n" for n in range(10, 40)) + "select count(*) from pc.t;",
    ),
)
