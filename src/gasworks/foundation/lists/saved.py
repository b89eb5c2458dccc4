"""Saved views of lists: one person's, in one company."""

from gasworks.foundation.lists.registry import find_list
from gasworks.foundation.models import SavedView
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop

MOST_VIEWS = 30


class ViewNeedsName(Refusal):
    sentence = gettext_noop("Give the view a name.")
    status = 422


class TooManyViews(Refusal):
    sentence = gettext_noop("You have %(limit)d views of this list. Forget one first.")


def save_view(code: str, name: str, query: str, *, scope: Scope) -> SavedView:
    """Keep a query under a name; the same name again replaces it. Raises NotThere, ViewNeedsName, TooManyViews."""
    spec = find_list(code)
    scope.require(spec.right)
    clean = name.strip()[:60]
    if not clean:
        raise ViewNeedsName()
    mine = SavedView.objects.filter(company_id=scope.company_id, staff_id=scope.actor_id, list_code=code)
    if mine.exclude(name=clean).count() >= MOST_VIEWS:
        raise TooManyViews(limit=MOST_VIEWS)
    view, _ = SavedView.objects.update_or_create(
        company_id=scope.company_id,
        staff_id=scope.actor_id,
        list_code=code,
        name=clean,
        defaults={"query": query.lstrip("?")[:1000]},
    )
    return view


def forget_view(view_id: int, *, scope: Scope) -> None:
    """Remove one of one's own; somebody else's is left alone, without a word."""
    SavedView.objects.filter(company_id=scope.company_id, staff_id=scope.actor_id, pk=view_id).delete()
