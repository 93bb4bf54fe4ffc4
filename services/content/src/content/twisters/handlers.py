"""Folds assessments into progress."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from chassis.handler import Deps, Unit, handles
from content.twisters import progress_store, store
from content.twisters.progress import Practice, SoundProgress, apply_practices, practised
from content.twisters.progress_store import ProgressApplied
from content.twisters.recommend import Catalogue, recommend_next
from contracts.speech import AttemptAssessed


@handles(AttemptAssessed, batch=100, projection="progress")
async def project_progress(events: Sequence[AttemptAssessed], deps: Deps, unit: Unit) -> None:
    """Folds a batch of assessments into each person's progress, and chooses what each practises next.

    Set-based: seven statements for one event or a hundred. An attempt that was folded before is not folded again, so a
    replay counts nothing twice.
    """
    people = {event.person_id for event in events}
    twisters = {twister.id: twister for twister in await store.catalogue(unit)}
    languages = {event.language for event in events}
    catalogues = {each: Catalogue.of(t for t in twisters.values() if t.language == each) for each in languages}
    progress = await progress_store.lock_progress(unit, people)
    folded = await progress_store.folded(unit, [event.attempt_id for event in events])
    events = [event for event in events if event.attempt_id not in folded]
    recent = await progress_store.recent_twisters(unit, people)
    changed: dict[tuple[UUID, str], SoundProgress] = {}
    applied: list[ProgressApplied] = []
    for event in sorted(events, key=lambda e: e.attempt_id):
        twister = twisters.get(event.twister_id) if event.twister_id else None
        scores = practised(event.sounds, twister.sounds if twister else ())
        now = apply_practices(progress, [Practice(event.person_id, scores, twister.difficulty if twister else None)])
        progress |= now
        changed |= now
        done = recent.setdefault(event.person_id, [])
        if twister is not None:
            done.insert(0, twister.id)
        own = {sound: p for (person, sound), p in progress.items() if person == event.person_id}
        chosen = recommend_next(own, catalogues[event.language], done[: progress_store.RECENT])
        applied.append(
            ProgressApplied(event.attempt_id, event.person_id, event.twister_id, chosen.id if chosen else None)
        )
    await progress_store.save_progress(unit, changed)
    await progress_store.save_applied(unit, applied)
