"""Daily shares of a year's gas by type of customer, from the BDEW standard load profiles (demandlib, MIT).

Source: BDEW/VKU/GEODE guideline «Abwicklung von Standardlastprofilen Gas»; shapes EFH (single homes), MFH (flats), GHD
(trade), GKO (public bodies). The temperature is a sine with the mean and swing of a city on the lower Yangtze.
"""

import datetime as dt
from functools import cache

import numpy as np

MEAN_CELSIUS = 16.5
SWING_CELSIUS = 11.5
COLDEST_DAY = 15
SHAPES = {"residential": ("mfh", 1), "heated": ("efh", 1), "commercial": ("ghd", 0), "public": ("gko", 0)}


@cache
def daily_shares(kind: str, from_on: dt.date, to_on: dt.date) -> np.ndarray:
    """Shares per day over [from_on, to_on); a calendar year's days add up to 1. Industry is even by day."""
    days = (to_on - from_on).days
    if kind == "industrial":
        return np.full(days, 1 / 365)
    import pandas as pd
    from demandlib import bdew

    hours = pd.date_range(from_on, to_on, freq="h", inclusive="left")
    shape, building = SHAPES[kind]
    profile = bdew.HeatBuilding(
        hours,
        temperature=pd.Series(_celsius(from_on, days).repeat(24), index=hours),
        shlp_type=shape,
        building_class=building,
        wind_class=0,
        annual_heat_demand=1,
        ww_incl=True,
        name=kind,
    ).get_bdew_profile()
    daily = np.asarray(profile).reshape(days, 24).sum(axis=1)
    return daily / daily.sum() * (days / 365)


def _celsius(from_on: dt.date, days: int) -> np.ndarray:
    day_of_year = (from_on - dt.date(from_on.year, 1, 1)).days + np.arange(days)
    return MEAN_CELSIUS - SWING_CELSIUS * np.cos((day_of_year - COLDEST_DAY) / 365.25 * 2 * np.pi)


def used_until(kind: str, start: dt.date, day: dt.date, yearly_litres: np.ndarray) -> np.ndarray:
    """Litres burnt from ``start`` until ``day`` by customers with these yearly volumes; whole litres, rounded down."""
    if day <= start:
        return np.zeros_like(yearly_litres)
    share = float(daily_shares(kind, start, _horizon(start))[: (day - start).days].sum())
    return (yearly_litres * share).astype(np.int64)


def _horizon(start: dt.date) -> dt.date:
    """One profile per start day serves every later day, so that a running sum never jumps."""
    return start + dt.timedelta(days=730)
