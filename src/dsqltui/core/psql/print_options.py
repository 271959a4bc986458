r"""How results are printed: what `\pset`, `\x`, `\t`, `\a`, `\f` and `\C` change."""

import dataclasses
from dataclasses import dataclass

from dsqltui.core.language import _
from dsqltui.core.psql.parsing import boolean


class BadPrintOption(ValueError):
    r"""`\pset` cannot do that; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class PrintOptions:
    r"""psql's print options, as far as they are honoured. What they start with changes nothing."""

    format: str = ""
    """aligned, unaligned or csv; empty: what was chosen when the program was started."""
    null: str = ""
    tuples_only: bool = False
    footer: bool = True
    fieldsep: str = "|"
    recordsep: str = "\n"
    csv_fieldsep: str = ","
    title: str = ""

    def changed(self, name: str, value: str | None) -> "tuple[PrintOptions, str]":
        """The options after `\\pset NAME VALUE`, and psql's sentence on it. Raises BadPrintOption."""
        match name:
            case "format":
                return self._with_format(value)
            case "null":
                new = self if value is None else dataclasses.replace(self, null=value)
                return new, _('Null display is "{null}".').format(null=new.null)
            case "t" | "tuples_only":
                is_on = _switched(name, value, is_on=self.tuples_only)
                return dataclasses.replace(self, tuples_only=is_on), _("Tuples only is {word}.").format(
                    word=_word(is_on)
                )
            case "footer":
                is_on = _switched(name, value, is_on=self.footer)
                return dataclasses.replace(self, footer=is_on), _("Default footer is {word}.").format(word=_word(is_on))
            case "fieldsep" | "fieldsep_zero":
                new = self if value is None else dataclasses.replace(self, fieldsep=value)
                if name == "fieldsep_zero":
                    new = dataclasses.replace(self, fieldsep="\0")
                return (
                    new,
                    _('Field separator is "{fieldsep}".').format(fieldsep=new.fieldsep)
                    if new.fieldsep != "\0"
                    else _("Field separator is zero byte."),
                )
            case "recordsep" | "recordsep_zero":
                new = self if value is None else dataclasses.replace(self, recordsep=value)
                if name == "recordsep_zero":
                    new = dataclasses.replace(self, recordsep="\0")
                shown = "<newline>" if new.recordsep == "\n" else f'"{new.recordsep}"'
                return (
                    new,
                    _("Record separator is {shown}.").format(shown=shown)
                    if new.recordsep != "\0"
                    else _("Record separator is zero byte."),
                )
            case "csv_fieldsep":
                if value is not None and (len(value) != 1 or value in '"\n\r\\'):
                    raise BadPrintOption(
                        _("The separator of CSV is one character, but no quote, backslash or line end.")
                    )
                new = self if value is None else dataclasses.replace(self, csv_fieldsep=value)
                return new, _('Field separator for CSV is "{csv_fieldsep}".').format(csv_fieldsep=new.csv_fieldsep)
            case "title" | "C":
                new = dataclasses.replace(self, title=value or "")
                return new, _('Title is "{title}".').format(title=new.title) if new.title else _("Title is unset.")
        return self, _fixed(name, value)

    def _with_format(self, value: str | None) -> "tuple[PrintOptions, str]":
        new = self.format
        if value == "toggle":
            new = "aligned" if self.format == "unaligned" else "unaligned"
        elif value is not None:
            new = next((name for name in ("aligned", "unaligned", "csv") if value and name.startswith(value)), "")
            if not new:
                raise BadPrintOption(
                    _(
                        'Results are not printed as "{value}" here: aligned, unaligned and csv are the formats '
                        "of \\pset; --format also has tsv, json, jsonl and markdown."
                    ).format(value=value)
                )
        return dataclasses.replace(self, format=new), _("Output format is {new}.").format(new=new or "aligned")

    @property
    def table(self) -> tuple[tuple[str, str], ...]:
        """Names and values, for `\\pset` alone."""
        shown = dataclasses.asdict(self) | {"format": self.format or "aligned"}
        words = {True: "on", False: "off"}
        return tuple((name, words[value] if isinstance(value, bool) else repr(value)) for name, value in shown.items())


def _fixed(name: str, value: str | None) -> str:
    """What is said of an option that has one value here, or that is about something that is not here."""
    if name in ("pager", "pager_min_lines", "columns"):
        return _("{name} has no effect here: nothing is paged or wrapped.").format(name=name)
    if name in _ONLY:
        if value not in (None, *_ONLY[name]):
            raise BadPrintOption(
                _("\\pset {name} is {only} here and cannot be {value}.").format(
                    name=name, only=_ONLY[name][0], value=value
                )
            )
        return _("{name} is {only}.").format(name=name, only=_ONLY[name][0])
    if name in ("tableattr", "T"):
        raise BadPrintOption(_("HTML is not written here, so its tables have no attributes."))
    raise BadPrintOption(_("\\pset knows no option {name!r}; \\pset alone shows them.").format(name=name))


_ONLY = {
    "border": ("1",),
    "linestyle": ("ascii",),
    "numericlocale": ("off", "false", "0"),
    "xheader_width": ("full",),
    "display_true": ("t",),
    "display_false": ("f",),
    "unicode_border_linestyle": ("single",),
    "unicode_column_linestyle": ("single",),
    "unicode_header_linestyle": ("single",),
}


def _switched(name: str, value: str | None, *, is_on: bool) -> bool:
    if value is None:
        return not is_on
    new = boolean(value)
    if new is None:
        raise BadPrintOption(
            _('unrecognized value "{value}" for "\\pset {name}": on or off is expected.').format(value=value, name=name)
        )
    return new


def _word(is_on: bool) -> str:
    return "on" if is_on else "off"
