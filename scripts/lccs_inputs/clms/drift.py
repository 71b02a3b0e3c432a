"""Noticing, before anything is requested, that the CLMS catalogue has moved away from the lock."""

from collections.abc import Collection

from lccs_inputs.clms.catalogue import Offer, read_by_uid, read_offers
from lccs_inputs.clms.lock import LockedProduct
from lccs_inputs.clms.offers import candidates
from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.errors import SourceError
from lccs_inputs.facts.products import PRODUCTS
from lccs_inputs.products.locked import REFRESH


def verify(session: ClmsSession, locked: Collection[LockedProduct]) -> None:
    """Make sure that CLMS still has what is locked, under the same ids and titles.

    Raises:
        SourceError: it has not, naming what may have taken its place.
    """
    there = read_by_uid(session, {entry.uid for entry in locked})
    problems = [(entry, said) for entry in locked if (said := _drift(entry, there.get(entry.uid)))]
    if not problems:
        return
    offers, sentences = read_offers(session), []
    for entry, said in problems:
        near = candidates(offers, PRODUCTS[entry.product], entry.year)
        titles = ", ".join(f'"{offer.text}"' for offer in near) or "none"
        sentences.append(f"{entry.name}: {said}; {REFRESH} (titles that come near: {titles})")
    raise SourceError("\n".join(sentences))


def _drift(entry: LockedProduct, offer: Offer | None) -> str:
    if offer is None:
        return f'CLMS no longer has "{entry.title}" (DatasetID {entry.uid})'
    if offer.text != entry.title:
        return f'CLMS now calls "{entry.title}" "{offer.text}"'
    if entry.information_id not in {part.information_id for part in offer.collections}:
        return f'"{entry.title}" no longer has its part "{entry.collection}" under the locked id'
    return ""
