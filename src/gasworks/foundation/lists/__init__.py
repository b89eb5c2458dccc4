"""Staff lists: filter, sort, page, save views, export. A domain declares a ``ListSpec``; the rest is done here."""

from gasworks.foundation.lists.common import newest, point_column, point_filter
from gasworks.foundation.lists.page import ListPage, build_page
from gasworks.foundation.lists.registry import find_list, register_list, registered_lists
from gasworks.foundation.lists.spec import Choices, Column, Filter, ListSpec, Sort
from gasworks.foundation.lists.views import list_page

__all__ = [
    "Choices",
    "Column",
    "Filter",
    "ListPage",
    "ListSpec",
    "Sort",
    "build_page",
    "find_list",
    "list_page",
    "newest",
    "point_column",
    "point_filter",
    "register_list",
    "registered_lists",
]
