"""Checks of names and numbers: ids that are unique, codes of the form the programme gives them."""

import re
from collections import Counter
from collections.abc import Iterator

from ka2budget.checks.case import Case
from ka2budget.finding import Finding, error, warning
from ka2budget.text import LANGUAGES, Word, phrase

DUPLICATE = error("duplicate-id", "The id {id} is used {count} times among the {kind}; every id has to be unique.")
DUPLICATE_ORGANISATION = warning(
    "duplicate-organisation", "{code} is given for {count} partners; is it the same organisation?"
)
OID = warning("oid-format", "{oid} is not an Organisation ID; it is E and eight digits, such as E10000001.")
PIC = warning("pic-format", "{pic} is not a Participant Identification Code; it has nine digits.")
REFERENCE = warning(
    "reference-format", "{reference} is not a project reference such as 2025-1-PL01-KA220-ADU-000123456."
)
REFERENCE_DIFFERS = warning(
    "reference-differs", "The reference {reference} says {stated} where the project file says {given}."
)

VARIANT_MISSING = error("variant-missing", "{title} has several kinds of project; say variant, one of {known}.")
VARIANT_UNKNOWN = error("variant-unknown", "There is no variant {variant} of {title}; there is {known}.")
VARIANT_UNWANTED = error("variant-not-foreseen", "{title} are all of one kind; leave variant {variant} out.")
LANGUAGE = warning("language-unknown", "Annexes cannot be written in {language}; there is {known}.")

_OID = re.compile(r"E[0-9]{8}")
_PIC = re.compile(r"[0-9]{9}")
_REFERENCE = re.compile(r"(20[0-9]{2})-([1-3])-([A-Z]{2})[0-9]{2}-(KA[0-9]{3}(?:-[A-Z]{3})?)-[0-9]{6,9}")


def ids_are_unique(case: Case) -> Iterator[Finding]:
    """Ids of partners, work packages and activities are used once."""
    project = case.project
    kinds = {
        Word("partners"): [partner.id for partner in project.partners],
        Word("work packages"): [package.id for package in project.work_packages],
        Word("activities"): [activity.id for _, activity in case.activities],
    }
    for kind, ids in kinds.items():
        for name, count in Counter(ids).items():
            if count > 1:
                yield DUPLICATE.at(f"/{kind.replace(' ', '_')}", id=name, count=count, kind=kind)


def codes_are_well_formed(case: Case) -> Iterator[Finding]:
    """OID, PIC and project reference have the form the programme gives them, and agree with the project."""
    codes: Counter[str] = Counter()
    for i, partner in enumerate(case.project.partners):
        codes.update(code for code in (partner.oid, partner.pic) if code)
        if partner.oid is not None and not _OID.fullmatch(partner.oid):
            yield OID.at(f"/partners/{i}/oid", oid=partner.oid)
        if partner.pic is not None and not _PIC.fullmatch(partner.pic):
            yield PIC.at(f"/partners/{i}/pic", pic=partner.pic)
    for code, count in codes.items():
        if count > 1:
            yield DUPLICATE_ORGANISATION.at("/partners", code=code, count=count)
    if case.project.reference is not None and case.rules.managed_by == "na":
        yield from _reference(case, case.project.reference)


def language_is_known(case: Case) -> Iterator[Finding]:
    """The language of the annexes is one there is."""
    language = case.project.language
    if language is not None and language not in LANGUAGES:
        yield LANGUAGE.at("/language", language=language, known=LANGUAGES)


def variant_is_one_of_the_action(case: Case) -> Iterator[Finding]:
    """The variant is one the action has, where it has any."""
    variant, known, title = case.project.variant, case.rules.variants, case.rules.title
    listed = tuple(phrase("{name} ({label})", name=name, label=label) for name, label in known.items())
    if variant is None and known:
        yield VARIANT_MISSING.at("/variant", title=title, known=listed)
    elif variant is not None and not known:
        yield VARIANT_UNWANTED.at("/variant", variant=variant, title=title)
    elif variant is not None and variant not in known:
        yield VARIANT_UNKNOWN.at("/variant", variant=variant, title=title, known=listed)


def _reference(case: Case, reference: str) -> Iterator[Finding]:
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        yield REFERENCE.at("/reference", reference=reference)
        return
    given = (str(case.project.call), str(case.project.round), case.project.action)
    for stated, expected in zip(match.group(1, 2, 4), given, strict=True):
        if stated != expected:
            yield REFERENCE_DIFFERS.at("/reference", reference=reference, stated=stated, given=expected)
