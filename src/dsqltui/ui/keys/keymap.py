"""Every action of the console in one table; bindings, the key line, the help and the palette are made from it.

A key must arrive everywhere: in a browser terminal, in tmux, without the kitty protocol. `UNDELIVERABLE` lists those
that do not (measured in Chromium with xterm.js, tmux 3.3a and Textual 8.2.8); a test holds the table against it.
"""

from dataclasses import dataclass
from enum import Enum

from textual.binding import Binding, BindingType
from textual.keys import format_key

from dsqltui.core.language import _


class KeyScope(Enum):
    """Where an action's keys work. The value is its heading in the help."""

    CONSOLE = "Console"
    GRID = "In the results"
    SIDEBAR = "In the sidebar"
    LIST = "In a list"
    INDEX_FORM = "For a new index"
    CARD = "On a conflict or an error"
    SCRIPT = "In a script's statements"
    LINES = "In a text"
    RECORD = "In a record"
    PLAN = "In a plan"
    HISTORY = "In the history"
    LAB = "In the lab panel"
    VALUE = "On a value"
    CHOICE = "In a choice"
    TIMELINE = "In the timeline"
    DIALOG = "In a dialog"
    ROLES = "In the role dialog"
    EXPLORER = "In the interleavings"
    REPLAY = "In a replay"
    STORM = "In a storm"
    METRICS = "In the metrics"


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do."""

    id: str
    """Of the console: the key of its handler; of other scopes: the method's name without `action_`."""
    keys: tuple[str, ...]
    """The first is the one shown; empty for actions that only the palette offers."""
    label: str
    """Its word on the key line and in the palette."""
    description: str
    """One sentence for the help and the palette."""
    scope: KeyScope = KeyScope.CONSOLE
    leader: str = ""
    """Letters that lead to it after Ctrl+G; empty outside the console's scope."""


ACTIONS: tuple[Action, ...] = (
    Action(
        "run",
        ("f5", "ctrl+r"),
        "Run",
        "Run the selection, or the statement at the cursor (marked ▎); after the last one a write does not run twice.",
        leader="r",
    ),
    Action(
        "run_all", ("shift+f5",), "Run all", "Run every statement in the editor, up to the first error.", leader="a"
    ),
    Action("run_both", ("f6",), "Both", "Run the same text in both panes at once.", leader="b"),
    Action(
        "sync_mode",
        ("shift+f6",),
        "Sync mode",
        "Independent panes; every run in both; or one text mirrored in both editors.",
        leader="m",
    ),
    Action(
        "complete", (), "Complete", "Show completions for the word at the cursor, and go into the list.", leader="ew"
    ),
    Action("format", (), "Format", "Format the selection, or the statement under the cursor.", leader="ef"),
    Action("toggle_comment", (), "Comment", "Comment out the selected lines, or uncomment them.", leader="ec"),
    Action(
        "replace_odd",
        (),
        "Replace odd characters",
        "Replace characters that only look like SQL: odd spaces, quotes, full-width signs.",
        leader="eu",
    ),
    Action("edit_outside", (), "External editor", "Edit the text in your own editor (VISUAL, EDITOR).", leader="ee"),
    Action("lint", (), "Hints", "Check the text or the selection for what Aurora DSQL may refuse.", leader="el"),
    Action(
        "lint_fix", (), "Fix", "Rewrite the statement as the linter suggests; nothing runs, undo works.", leader="eL"
    ),
    Action(
        "kept_texts", (), "Kept texts", "Insert a text that the mirror replaced or another console left.", leader="ek"
    ),
    Action("send_across", (), "To the other pane", "Copy the statement into the other pane's editor.", leader="et"),
    Action("clear_text", (), "Clear", "Empty the editor; undo and the kept texts bring it back.", leader="ex"),
    Action("select_all", (), "Select all", "Select the whole text.", leader="ea"),
    Action("focus_a", ("f2",), "Pane A", "Go to the editor of pane A.", leader="1"),
    Action("focus_b", ("f3",), "Pane B", "Go to the editor of pane B.", leader="2"),
    Action("focus_results", ("f4",), "Results", "Go to the results of this pane.", leader="3"),
    Action("zoom", ("f12",), "Zoom", "This pane alone; its results alone; both panes again.", leader="z"),
    Action("split_up", (), "Split up", "More room for the results; also Alt+Up, or drag the line.", leader="e-"),
    Action("split_down", (), "Split down", "More room for the editor; also Alt+Down, or drag the line.", leader="e+"),
    Action(
        "interrupt",
        ("ctrl+c",),
        "Cancel",
        "Copy the selection; without one, ask to cancel what runs; once more: drop the connection.",
        leader="c",
    ),
    Action("commit", (), "Commit", "COMMIT this pane's transaction.", leader="k"),
    Action("rollback", (), "Roll back", "ROLLBACK this pane's transaction: nothing of it is saved.", leader="u"),
    Action(
        "explain_conflict",
        (),
        "Explain",
        "Why this pane's last transaction lost, and who committed first.",
        leader="x",
    ),
    Action("retry_transaction", (), "Retry", "Run the lost transaction again, from BEGIN to COMMIT.", leader="y"),
    Action("edit_transaction", (), "Edit lost", "Put the lost transaction into the editor.", leader="we"),
    Action(
        "check_commit",
        (),
        "Did it commit",
        "Check the rows of the last COMMIT that got no answer; nothing is sent again.",
        leader="wk",
    ),
    Action("guard_writes", (), "Guard writes", "On or off: writes need a transaction.", leader="wt"),
    Action(
        "guard_destructive",
        (),
        "Guard deletes",
        "On or off: ask before DELETE, UPDATE without WHERE, DROP.",
        leader="wd",
    ),
    Action("guard_commit", (), "Guard commits", "On or off: ask before COMMIT, with the number of rows.", leader="wc"),
    Action("read_only", (), "Read-only", "On or off: everything runs in READ ONLY transactions.", leader="wr"),
    Action("reconnect", ("f9",), "Reconnect", "Open this pane's connection again, with a fresh token.", leader="R"),
    Action(
        "leader",
        ("ctrl+g",),
        "Menu",
        "Show every command by its letters; typed without looking they work at once.",
    ),
    Action("palette", ("ctrl+p",), "Palette", "Find an action by its name.", leader="p"),
    Action("help", ("f1",), "Help", "Show all keys.", leader="?"),
    Action("roles", (), "Roles", "Show who you are; switch roles in one pane or both.", leader="o"),
    Action("role_base", (), "Base credentials", "Return to the credentials dsqltui was started with.", leader="Ob"),
    Action("role_renew", (), "New tokens", "Renew credentials and tokens now, and reconnect with them.", leader="Or"),
    Action(
        "restore_settings",
        (),
        "Restore settings",
        "Apply again what SET had changed in a lost or replaced session.",
        leader="Os",
    ),
    Action(
        "access",
        (),
        "Access assistant",
        "Write IAM policy, trust and grants for a role; show who can do what.",
        leader="Oa",
    ),
    Action("access_matrix", (), "Who can do what", "Show every role's privileges on every table.", leader="Om"),
    Action("copy_token", (), "Copy a token", "Copy a connect token, a password, to the clipboard; asks.", leader="Oc"),
    Action("history", ("f8",), "History", "Find an earlier statement and insert it into the editor.", leader="h"),
    Action("snippet_pick", (), "Pick a snippet", "Insert a saved snippet into the editor.", leader="so"),
    Action("snippet_save", (), "Save a snippet", "Save the selection, or the statement at the cursor.", leader="ss"),
    Action("lab_panel", ("shift+f7",), "Lab panel", "Open or close the lab panel.", leader="Lp"),
    Action("lab_focus", (), "Lab", "Go to the lab panel: read, scroll, use its single keys.", leader="5"),
    Action("lab_next", (), "Lab: next", "Run the lab step's SQL, or go on when the step is done.", leader="n"),
    Action("lab_back", (), "Lab: back", "Go back a step of the lab, to do it again.", leader="Lb"),
    Action("lab_hint", (), "Lab: hint", "Show or hide the step's hint.", leader="Lh"),
    Action("lab_skip", (), "Lab: skip", "Skip the step of the lab.", leader="Ls"),
    Action("lab_reset", (), "Lab: reset", "Reset the lab to its start; asks first.", leader="Lr"),
    Action("lab_list", (), "Labs", "List the labs; start or resume one.", leader="Ll"),
    Action(
        "lab_language", (), "Lab: language", "Read the lab in the other language, Japanese or English.", leader="Lg"
    ),
    Action("lab_report", (), "Lab: report", "Write the lab's report as Markdown.", leader="Lw"),
    Action("language", (), "Lang / 言語", "Speak Japanese, or English again; 日本語と英語の切り替え", leader="g"),
    Action("change_theme", (), "Theme", "Choose a theme.", leader="t"),
    Action("quit", ("ctrl+q",), "Quit", "Quit; asks first when a transaction is open.", leader="q"),
    Action("sidebar", ("f7",), "Sidebar", "Jobs, indexes and schema beside the panes; again: close.", leader="4"),
    Action("jobs", (), "Jobs", "The sidebar's list of asynchronous jobs.", leader="j"),
    Action("page_jobs", ("1",), "Jobs", "Asynchronous jobs, running ones first.", KeyScope.SIDEBAR),
    Action("page_indexes", ("2",), "Indexes", "Indexes of all tables, invalid ones first.", KeyScope.SIDEBAR),
    Action("page_schema", ("3",), "Schema", "Schemas, tables, columns, roles.", KeyScope.SIDEBAR),
    Action("filter", ("slash",), "Filter", "Show only what contains these letters; Esc: all.", KeyScope.SIDEBAR),
    Action("reload", ("r",), "Reload", "Refresh.", KeyScope.SIDEBAR),
    Action("both_regions", ("b",), "Both Regions", "Jobs as both Regions show them, side by side.", KeyScope.SIDEBAR),
    Action("this_table", ("o",), "This table", "Only indexes of the statement's tables; again: all.", KeyScope.SIDEBAR),
    Action("insert_name", ("i",), "Insert name", "Write the name at the editor's cursor.", KeyScope.SIDEBAR),
    Action("describe", ("d",), "Describe", r"Put \d into the editor.", KeyScope.SIDEBAR),
    Action("top_rows", ("t",), "Top rows", "Put a SELECT of the first rows into the editor.", KeyScope.SIDEBAR),
    Action("row_estimate", ("n",), "Number", "Put a query of the row estimate into the editor.", KeyScope.SIDEBAR),
    Action(
        "create_index",
        ("c",),
        "Create index",
        "Choose columns; puts CREATE INDEX ASYNC into the editor.",
        KeyScope.SIDEBAR,
    ),
    Action("drop_index", ("x",), "Drop index", "Put DROP INDEX into the editor.", KeyScope.SIDEBAR),
    Action("recreate_index", ("m",), "Rebuild", "Put DROP and CREATE INDEX ASYNC into the editor.", KeyScope.SIDEBAR),
    Action(
        "explain_index", ("e",), "Explain", "Put an EXPLAIN that can use the index into the editor.", KeyScope.SIDEBAR
    ),
    Action("wait_for_job", ("w",), "Wait", "Put CALL sys.wait_for_job into the editor.", KeyScope.SIDEBAR),
    Action("copy_id", ("y",), "Copy", "Copy the job's id or the name.", KeyScope.SIDEBAR),
    Action("to_index", ("g",), "Go to index", "From a job to its index.", KeyScope.SIDEBAR),
    Action("leave", ("escape",), "Editor", "Back to the editor.", KeyScope.SIDEBAR),
    Action("up", ("up", "k"), "Up", "Line up.", KeyScope.LIST),
    Action("down", ("down", "j"), "Down", "Line down.", KeyScope.LIST),
    Action("page_up", ("pageup",), "Page up", "One screen up.", KeyScope.LIST),
    Action("page_down", ("pagedown",), "Page down", "One screen down.", KeyScope.LIST),
    Action("first_line", ("home",), "First", "To the first line.", KeyScope.LIST),
    Action("last_line", ("end",), "Last", "To the last line.", KeyScope.LIST),
    Action("choose", ("enter",), "Choose", "Open, or show in full.", KeyScope.LIST),
    Action("key_column", ("space",), "Key column", "Add the column to the key, or remove it.", KeyScope.INDEX_FORM),
    Action("include_column", ("i",), "Include", "INCLUDE the column in the index.", KeyScope.INDEX_FORM),
    Action("unique_index", ("u",), "Unique", "UNIQUE: no two rows with the same key.", KeyScope.INDEX_FORM),
    Action("results_record", (), "Record", "The row of the results as a record, and back.", leader="vr"),
    Action("results_sort", (), "Sort", "Sort the fetched rows by the cursor's column.", leader="vs"),
    Action("results_find", (), "Find", "Search the fetched rows.", leader="vf"),
    Action("results_all", (), "All rows", "Fetch all rows of this result; Ctrl+C stops.", leader="va"),
    Action("results_next", (), "Older results", "Step through this pane's last results.", leader="vt"),
    Action("results_freeze", (), "Freeze", "Freeze the columns up to the cursor, or unfreeze them.", leader="vz"),
    Action("results_lock", (), "Lock", "Scroll both panes' results together, or separately.", leader="vl"),
    Action("compare", (), "Compare", "Compare both panes' results; again: end it.", leader="d"),
    Action("compare_watch", (), "Watch", "Compare again and again until both are identical; again: stop.", leader="vw"),
    Action("results_copy", (), "Copy", "Copy value, row, column or all, in a format of your choice.", leader="vc"),
    Action("results_export", (), "Export", "Write the result to a file.", leader="ve"),
    Action("timeline", (), "Timeline", "Both panes on one clock, below; again: go there, then close.", leader="l"),
    Action("transcript", (), "Transcript", "Both panes side by side as Markdown, or the timeline as SVG.", leader="vm"),
    Action(
        "plan", (), "Plan", "Why the statement is slow, from its plan, without running it; again: the text.", leader="i"
    ),
    Action("plan_cure", (), "Cure", "Put SQL that would fix a slow plan into the editor.", leader="vu"),
    Action("plan_before", (), "Before", "The plan before and after a fix, side by side.", leader="vb"),
    Action("cost", (), "Cost", "Cost in DPU of what was run so far; a month of the pinned workload.", leader="$"),
    Action("metrics", (), "Metrics", "CloudWatch of both Regions: an hour or a day, conflicts, latency.", leader="M"),
    Action("storm", (), "Storm", "Run a script in many sessions on both endpoints, live.", leader="Xs"),
    Action("conflicts", (), "Conflicts so far", "How often A and B lost, and for which rows.", leader="Xc"),
    Action("interleavings", (), "Interleavings", "Run every order of both panes' scripts, and judge it.", leader="Xi"),
    Action("up", ("up",), "Up", "Row up.", KeyScope.GRID),
    Action("down", ("down",), "Down", "Row down.", KeyScope.GRID),
    Action("left", ("left",), "Left", "Column to the left.", KeyScope.GRID),
    Action("right", ("right",), "Right", "Column to the right.", KeyScope.GRID),
    Action("page_up", ("pageup",), "Page up", "One screen up.", KeyScope.GRID),
    Action("page_down", ("pagedown",), "Page down", "One screen down; at the end: fetch the next page.", KeyScope.GRID),
    Action("first_row", ("ctrl+home", "g"), "First row", "To the first row.", KeyScope.GRID),
    Action("last_row", ("ctrl+end", "G"), "Last row", "To the last row here.", KeyScope.GRID),
    Action("first_column", ("home",), "First column", "To the first column.", KeyScope.GRID),
    Action("last_column", ("end",), "Last column", "To the last column.", KeyScope.GRID),
    Action("show_value", ("enter",), "Show value", "Show the whole value.", KeyScope.GRID),
    Action("copy_value", ("y",), "Copy value", "Copy the value to the clipboard.", KeyScope.GRID),
    Action(
        "copy", ("c",), "Copy", "Copy value, row, column or all, as text, CSV, JSON, Markdown, INSERT.", KeyScope.GRID
    ),
    Action("export", ("e",), "Export", "Write the result to a file.", KeyScope.GRID),
    Action("record", ("r",), "Record", "Show the row as a record, one column per line.", KeyScope.GRID),
    Action(
        "sort",
        ("s",),
        "Sort",
        "Sort the fetched rows by this column; again: descending; again: unsorted.",
        KeyScope.GRID,
    ),
    Action("find", ("slash",), "Find", "Search the fetched rows.", KeyScope.GRID),
    Action(
        "next_found",
        ("n",),
        "Next",
        "To the next match, or while comparing the next difference.",
        KeyScope.GRID,
    ),
    Action("previous_found", ("N", "p"), "Previous", "To the previous match or difference.", KeyScope.GRID),
    Action("freeze", ("z",), "Freeze", "Freeze the columns up to this one; again: unfreeze.", KeyScope.GRID),
    Action("more_of_it", ("a",), "All rows", "Fetch all rows that are left; Ctrl+C stops.", KeyScope.GRID),
    Action("previous_result", ("left_square_bracket",), "Older", "The result before this one.", KeyScope.GRID),
    Action("next_result", ("right_square_bracket",), "Newer", "The result after this one.", KeyScope.GRID),
    Action("to_editor", ("escape",), "Editor", "Back to the editor.", KeyScope.GRID),
    Action("card_retry", ("y",), "Retry", "Run the lost transaction again, from BEGIN to COMMIT.", KeyScope.CARD),
    Action("card_edit", ("e",), "Edit", "Put the lost transaction into the editor.", KeyScope.CARD),
    Action("card_timeline", ("l",), "Timeline", "Both panes on one clock.", KeyScope.CARD),
    Action("card_details", ("x",), "Details", "Show or hide the details.", KeyScope.CARD),
    Action("card_rollback", ("u",), "Roll back", "ROLLBACK this pane's transaction.", KeyScope.CARD),
    Action("card_reconnect", ("r",), "Reconnect", "Open the connection again.", KeyScope.CARD),
    Action("card_check", ("k",), "Did it commit", "Check the rows of the COMMIT that got no answer.", KeyScope.CARD),
    Action("card_jobs", ("j",), "Jobs", "Follow the job in the sidebar.", KeyScope.CARD),
    Action("to_editor", ("escape",), "Editor", "Back to the editor.", KeyScope.CARD),
    Action("open_statement", ("enter",), "Open", "Its rows, its error, or its text.", KeyScope.SCRIPT),
    Action("line_up", ("up",), "Up", "Line up.", KeyScope.LINES),
    Action("line_down", ("down",), "Down", "Line down.", KeyScope.LINES),
    Action("go_left", ("left",), "Left", "Scroll to the left.", KeyScope.LINES),
    Action("go_right", ("right",), "Right", "Scroll to the right.", KeyScope.LINES),
    Action("lines_up", ("pageup",), "Page up", "One screen up.", KeyScope.LINES),
    Action("lines_down", ("pagedown",), "Page down", "One screen down.", KeyScope.LINES),
    Action("top", ("home", "g"), "Top", "To the first line.", KeyScope.LINES),
    Action("bottom", ("end", "G"), "Bottom", "To the last line.", KeyScope.LINES),
    Action("column_up", ("up",), "Up", "Column before.", KeyScope.RECORD),
    Action("column_down", ("down",), "Down", "Next column.", KeyScope.RECORD),
    Action("first_line", ("home", "g"), "First", "To the first column.", KeyScope.RECORD),
    Action("last_line", ("end", "G"), "Last", "To the last column.", KeyScope.RECORD),
    Action("previous_record", ("left", "p"), "Previous row", "The row before.", KeyScope.RECORD),
    Action("next_record", ("right", "n"), "Next row", "The next row.", KeyScope.RECORD),
    Action("show_field", ("enter",), "Show value", "Show the whole value.", KeyScope.RECORD),
    Action("close_record", ("escape", "r"), "Back", "Back to the rows.", KeyScope.RECORD),
    Action("cure", ("c",), "Cure", "Put SQL that would fix it into the editor; again: the next.", KeyScope.PLAN),
    Action("before", ("b",), "Before", "This plan and the one before it, side by side.", KeyScope.PLAN),
    Action("raw_plan", ("escape", "i"), "Raw", "EXPLAIN's own text.", KeyScope.PLAN),
    Action("only_a", ("f2",), "Pane A", "Only what ran in pane A; again: both.", KeyScope.HISTORY),
    Action("only_b", ("f3",), "Pane B", "Only what ran in pane B; again: both.", KeyScope.HISTORY),
    Action("run_it", ("f5",), "Run", "Insert it into the editor and run it.", KeyScope.HISTORY),
    Action("only_failed", ("f4",), "Failed", "Only what failed; again: everything.", KeyScope.HISTORY),
    Action("lab_next", ("n",), "Next", "Run the step's SQL, or go on when the step is done.", KeyScope.LAB),
    Action("lab_enter", ("enter",), "Next", "As n; or prepare what the lab needs.", KeyScope.LAB),
    Action("lab_back", ("b",), "Back", "Go back a step, to do it again.", KeyScope.LAB),
    Action("lab_hint", ("h",), "Hint", "Show or hide the hint.", KeyScope.LAB),
    Action("lab_reset", ("r",), "Reset", "Reset the lab to its start; asks first.", KeyScope.LAB),
    Action("lab_skip", ("s",), "Skip", "Skip the step.", KeyScope.LAB),
    Action("lab_list", ("l",), "List", "List the labs; start or resume one.", KeyScope.LAB),
    Action("lab_language", ("g",), "Language", "Read in the other language, Japanese or English.", KeyScope.LAB),
    Action("lab_help", ("question_mark",), "Help", "Show what these keys do.", KeyScope.LAB),
    Action("lab_size", ("f",), "Size", "Give the panel more lines, or fewer, where it is a band.", KeyScope.LAB),
    Action("lab_pause", ("p",), "Pause", "Pause a lab that plays by itself, or go on.", KeyScope.LAB),
    Action("lab_slower", ("minus",), "Slower", "Play the lab more slowly.", KeyScope.LAB),
    Action("lab_faster", ("plus",), "Quicker", "Play the lab more quickly.", KeyScope.LAB),
    Action("lab_leave", ("escape",), "Editor", "Go back to the editor.", KeyScope.LAB),
    Action("choose_1", ("1",), "1", "The first answer to the closing question.", KeyScope.LAB),
    Action("choose_2", ("2",), "2", "The second answer.", KeyScope.LAB),
    Action("choose_3", ("3",), "3", "The third answer.", KeyScope.LAB),
    Action("choose_4", ("4",), "4", "The fourth answer.", KeyScope.LAB),
    Action("raw_value", ("i",), "Raw", "JSON as the server wrote it, or laid out.", KeyScope.VALUE),
    Action("choose_left", ("left",), "Left", "The one before.", KeyScope.CHOICE),
    Action("choose_right", ("right", "space"), "Right", "The next one.", KeyScope.CHOICE),
    Action("line_before", ("up",), "Up", "To the field above.", KeyScope.CHOICE),
    Action("line_after", ("down",), "Down", "To the field below.", KeyScope.CHOICE),
    Action("take", ("enter",), "Go on", "Go on with these choices.", KeyScope.CHOICE),
    Action("earlier", ("left", "p"), "Earlier", "The entry before, of either pane.", KeyScope.TIMELINE),
    Action("later", ("right", "n"), "Later", "The next entry, of either pane.", KeyScope.TIMELINE),
    Action("to_lane_a", ("up",), "Pane A", "The nearest entry of pane A.", KeyScope.TIMELINE),
    Action("to_lane_b", ("down",), "Pane B", "The nearest entry of pane B.", KeyScope.TIMELINE),
    Action("to_first", ("home", "g"), "First", "The first entry that is kept.", KeyScope.TIMELINE),
    Action("to_last", ("end", "G"), "Last", "The last entry.", KeyScope.TIMELINE),
    Action("conflict", ("c",), "Conflict", "The next conflict before this entry.", KeyScope.TIMELINE),
    Action("put_back", ("enter",), "Put back", "Write the SQL into its pane's editor.", KeyScope.TIMELINE),
    Action("close_timeline", ("escape",), "Editor", "Back to the editor.", KeyScope.TIMELINE),
    Action("refuse", ("escape", "n"), "Back", "Close the dialog; nothing happens.", KeyScope.DIALOG),
    Action("accept", ("y",), "Yes", "Do what the dialog asks about.", KeyScope.DIALOG),
    Action("replay", ("enter",), "Replay", "Replay the order in the panes; of a way out: edit it.", KeyScope.EXPLORER),
    Action("next_outcome", ("n",), "Next", "The next outcome.", KeyScope.EXPLORER),
    Action("previous_outcome", ("p",), "Previous", "The outcome before.", KeyScope.EXPLORER),
    Action("turn", ("v",), "Picture", "From the list to the picture and back.", KeyScope.EXPLORER),
    Action("markdown", ("m",), "Markdown", "Write what was found as Markdown.", KeyScope.EXPLORER),
    Action("other_case", ("f",), "Specs", "Explore a spec that comes with dsqltui.", KeyScope.EXPLORER),
    Action("stop", ("ctrl+c",), "Stop", "End after the order under way; what is done is kept.", KeyScope.EXPLORER),
    Action("replay_next", ("n", "enter"), "Next step", "Run the next step in its pane.", KeyScope.REPLAY),
    Action("replay_end", ("escape",), "End", "End the replay.", KeyScope.REPLAY),
    Action("role_panes", ("p",), "Panes", "Switch both panes or only this one.", KeyScope.ROLES),
    Action("role_renew", ("r",), "New tokens", "Renew credentials and tokens of the current role.", KeyScope.ROLES),
    Action("role_back", ("b",), "Base", "Go back to the base credentials.", KeyScope.ROLES),
    Action("metrics_span", ("d",), "Hour, day", "Look at an hour, or at a day.", KeyScope.METRICS),
    Action("metrics_now", ("r",), "Now", "Ask CloudWatch again now.", KeyScope.METRICS),
    Action("pause_storm", ("p",), "Pause", "Start no new transactions; again: resume.", KeyScope.STORM),
    Action("stop_storm", ("s",), "Stop", "End it with the figures so far.", KeyScope.STORM),
    Action("export_storm", ("e",), "Export", "Write the figures as Markdown, CSV or JSON.", KeyScope.STORM),
    Action("previous_button", ("left", "up"), "Previous", "To the button before.", KeyScope.DIALOG),
    Action("next_button", ("right", "down"), "Next", "To the button after.", KeyScope.DIALOG),
)

GROUPS: dict[str, str] = {
    "e": "Editor",
    "s": "Snippets",
    "v": "Results",
    "w": "Transaction",
    "O": "Roles",
    "L": "Lab",
    "X": "Explore",
}
"""The words of letters that lead to more letters."""

COLUMNS: tuple[tuple[str, str], ...] = (
    ("Run", "rabciems"),
    ("Transaction", "kuyxwR"),
    ("Results", "dlv$M"),
    ("Go to", "12345zhjoO"),
    ("More", ""),
)
"""The columns of the leader's box: heading and first letters, in their order; the last takes what is left."""

UNDELIVERABLE = frozenset(
    {
        *(f"ctrl+{letter}" for letter in "ntwbahimj"),
        "ctrl+enter",
        "shift+enter",
        "ctrl+tab",
        "ctrl+space",
        "ctrl+pageup",
        "ctrl+pagedown",
        "ctrl+slash",
        "ctrl+full_stop",
        "f10",
        "f11",
    }
)
"""Keys that a browser, a terminal or tmux keeps or changes; besides these, every `alt+` and `ctrl+shift+` key."""

EDITING: tuple[tuple[str, str], ...] = (
    ("shift+arrows", "Select."),
    ("shift+tab", "Outdent the selected lines; Tab: indent them."),
    ("ctrl+left", "Word to the left; ^→: to the right."),
    ("ctrl+k", "Delete to the end of the line; ^U: to its start."),
    ("ctrl+x", "Cut the selection or the line."),
    ("ctrl+v", "Paste what was copied here."),
    ("ctrl+z", "Undo; ^Y: redo."),
)
"""The editor's own keys for the help; their bindings are Textual's."""


def actions(scope: KeyScope) -> tuple[Action, ...]:
    """The actions of one scope, in the order of the table."""
    return tuple(action for action in ACTIONS if action.scope is scope)


def action_of(id_: str) -> Action:
    """The action of the console with that id. Raises KeyError."""
    for action in ACTIONS:
        if action.id == id_ and action.scope is KeyScope.CONSOLE:
            return action
    raise KeyError(id_)


def binding_id(action: Action) -> str:
    """The name under which the person's own keys replace a binding's."""
    return f"{action.scope.name.lower()}.{action.id}"


def bindings(scope: KeyScope, *only: str) -> list[BindingType]:
    """Bindings of a scope's actions, or of some of them, for the class variable BINDINGS."""
    return [
        Binding(",".join(action.keys), action.id, action.label, show=False, id=binding_id(action))
        for action in actions(scope)
        if action.keys and (not only or action.id in only)
    ]


def handler_bindings(scope: KeyScope) -> list[BindingType]:
    """Bindings of actions that all go through one `action_do`: the console's, the sidebar's.

    An action without keys gets one that no terminal sends, so that the person can give it another.
    """
    return [
        Binding(
            ",".join(action.keys) or f"unbound_{action.id}",
            f"do({action.id!r})",
            action.label,
            show=False,
            id=binding_id(action),
        )
        for action in actions(scope)
    ]


def shown(key: str) -> str:
    """A key as written for people: F5, ^C, PgDn, Shift+F5."""
    words = {"pageup": "PgUp", "pagedown": "PgDn", "escape": "Esc", "enter": "Enter", "home": "Home", "end": "End"}
    words |= {"tab": "Tab", "arrows": _("arrows")}
    *modifiers, last = key.split("+")
    name = words.get(last) or (last.upper() if last.startswith("f") and last[1:].isdigit() else format_key(last))
    if modifiers == ["ctrl"]:
        return f"^{name.upper()}" if len(name) == 1 else f"Ctrl+{name}"
    return "+".join([*(modifier.capitalize() for modifier in modifiers), name])
