"""Puts pages together: one head, one header and one form to sign in serve all pages of people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import Template

_FOLDER = Path(__file__).parent.parent / "static"
_FOOTER = "  <footer>"


def read_static(name: str) -> str:
    """Returns the text of a file of the pages."""
    return (_FOLDER / name).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Page:
    """Describes a page: the file of what stands in it, its title and tagline, and the paths of what it loads.

    The file may name the form to sign in where it belongs, `$log_in` for people who have an account and `$sign_up` for
    new ones, too; the header then says who is signed in. What follows `<footer>` in it stands behind the main part.
    `layout` is the class of the main part. The text of the file may have more names, whose values are in `texts`.
    """

    file: str
    title: str
    tagline: str
    script: str
    styles: tuple[str, ...] = ()
    layout: str = ""
    texts: tuple[tuple[str, str], ...] = ()

    def html(self) -> str:
        """Returns the page."""
        text = read_static(self.file)
        signs_in = "$log_in" in text or "$sign_up" in text
        forms = {
            "log_in": read_static("shell-log-in.html").rstrip(),
            "sign_up": read_static("shell-sign-up.html").rstrip(),
        }
        content, mark, footer = Template(text).substitute(forms, **dict(self.texts)).partition(_FOOTER)
        return Template(read_static("shell.html")).substitute(
            title=self.title,
            tagline=self.tagline,
            script=self.script,
            styles="".join(f'  <link rel="stylesheet" href="{each}">\n' for each in self.styles),
            who=read_static("shell-who.html") if signs_in else "",
            layout=f' class="{self.layout}"' if self.layout else "",
            content=content,
            footer=mark + footer,
        )
