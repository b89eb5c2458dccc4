"""Published tariffs: fen worked out by hand at every bound, one m³ below it and one above."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import pytest

from gasworks.rating import Intervals, ToDate, Why, compile_tariffs, rate, refusals
from gasworks.rating.columns import column, day_number
from gasworks.tariffs.packs import pack_codes, price_plans, read_pack


@pytest.fixture(scope="module")
def tariffs():
    """All packs compiled together, as a company with many plans has them."""
    found = [pair for code in pack_codes() for pair in price_plans(read_pack(code))]
    calendars = {calendar.code: calendar for _, some in found for calendar in some}
    return compile_tariffs([plan for plan, _ in found], calendars.values())


def bill(tariffs, plan, m3, *, begin, end, persons=3, months=1, booked=(), opened=0, measure=0):
    """Rate one interval; ``booked`` is (first day of the tier period, m³ before it); ``measure`` floor in 0.01 m²."""
    intervals = Intervals.of(
        plan=[tariffs.plan(plan)],
        from_day=day_number(begin),
        to_day=day_number(end),
        litres=m3 * 1000,
        persons=persons,
        billing_months=months,
        group=0,
        opened_day=opened,
        measure=measure,
    )
    to_date = None
    if booked:
        to_date = ToDate(column([0]), column([0]), column([day_number(booked[0])]), column([booked[1] * 1000]))
    return rate(intervals, tariffs, to_date=to_date)


def lines(rated):
    """(tier from 1, m³, yuan per m³ × 10000, fen) of each line."""
    found = rated.lines
    return [
        (int(tier) + 1, int(litres) // 1000, int(price), int(fen))
        for tier, litres, price, fen in zip(found.tier, found.litres, found.price_e4, found.amount_fen, strict=True)
    ]


# Within one tier period each; (m³, fen).
AT_THE_BOUNDS = [
    # 310 × 3.00 = 930.00; + 210 × 3.30 = 1623.00
    (
        "shanghai-home",
        (2024, 9, 1),
        3,
        1,
        [(309, 92700), (310, 93000), (311, 93330), (519, 161970), (520, 162300), (521, 162720)],
    ),
    # five persons 460/670: 460 × 3.00 = 1380.00; + 210 × 3.30 = 2073.00
    (
        "shanghai-home",
        (2024, 9, 1),
        5,
        1,
        [(459, 137700), (460, 138000), (461, 138330), (669, 206970), (670, 207300), (671, 207720)],
    ),
    # six persons: 150 m³ once, not twice
    ("shanghai-home", (2024, 9, 1), 6, 1, [(460, 138000), (461, 138330)]),
    # 320 × 3.45 = 1104.00; + 80 × 4.14 = 1435.20
    (
        "guangzhou-home",
        (2025, 1, 1),
        4,
        1,
        [(319, 110055), (320, 110400), (321, 110814), (399, 143106), (400, 143520), (401, 144038)],
    ),
    # five persons 390/470: 390 × 3.45 = 1345.50; + 80 × 4.14 = 1676.70
    (
        "guangzhou-home",
        (2025, 1, 1),
        5,
        1,
        [(389, 134205), (390, 134550), (391, 134964), (469, 167256), (470, 167670), (471, 168188)],
    ),
    # six persons 460/540
    ("guangzhou-home", (2025, 1, 1), 6, 1, [(459, 158355), (460, 158700), (461, 159114)]),
    ("guangzhou-business", (2026, 2, 1), 0, 1, [(1, 441), (100, 44100)]),
    # 400 × 3.03 = 1212.00; + 700 × 3.64 = 3760.00
    (
        "nanjing-home",
        (2025, 1, 1),
        3,
        1,
        [(399, 120897), (400, 121200), (401, 121564), (1099, 375636), (1100, 376000), (1101, 376424)],
    ),
    # four persons 500/1140: 500 × 3.03 = 1515.00
    ("nanjing-home", (2025, 1, 1), 4, 1, [(499, 151197), (500, 151500), (501, 151864)]),
    # five persons 625/1425: 625 × 3.03 = 1893.75; + 800 × 3.64 = 4805.75
    (
        "nanjing-home",
        (2025, 1, 1),
        5,
        1,
        [(624, 189072), (625, 189375), (626, 189739), (1424, 480211), (1425, 480575), (1426, 480999)],
    ),
    ("nanjing-hardship", (2025, 1, 1), 3, 1, [(399, 120897), (400, 121200), (401, 121503), (1101, 333603)]),
    # 50 × 2.94 = 147.00 a month
    ("zhengzhou-home", (2025, 1, 1), 3, 1, [(49, 14406), (50, 14700), (51, 15082)]),
    ("zhengzhou-home", (2025, 1, 1), 3, 2, [(99, 29106), (100, 29400), (101, 29782)]),
    ("zhengzhou-home", (2025, 1, 1), 3, 3, [(149, 43806), (150, 44100), (151, 44482)]),
    # 5 free; 45 × 2.94 = 132.30 a month
    (
        "zhengzhou-low-income",
        (2025, 1, 1),
        3,
        1,
        [(4, 0), (5, 0), (6, 294), (49, 12936), (50, 13230), (51, 13612)],
    ),
    (
        "zhengzhou-low-income",
        (2025, 1, 1),
        3,
        2,
        [(9, 0), (10, 0), (11, 294), (99, 26166), (100, 26460), (101, 26842)],
    ),
    # 6 × 26 = 156, 6 × 38 = 228: 156 × 2.94 = 458.64; + 72 × 3.39 = 702.72
    (
        "taiyuan-home",
        (2026, 1, 1),
        3,
        1,
        [(155, 45570), (156, 45864), (157, 46203), (227, 69933), (228, 70272), (229, 70679)],
    ),
    # five months × 390 = 1950: 1950 × 2.94 = 5733.00
    ("taiyuan-heating", (2025, 12, 1), 3, 1, [(1949, 573006), (1950, 573300), (1951, 573639)]),
    # 480 × 2.14 = 1027.20; + 180 × 2.57 = 1489.80
    (
        "xian-home",
        (2025, 7, 1),
        3,
        1,
        [(479, 102506), (480, 102720), (481, 102977), (659, 148723), (660, 148980), (661, 149301)],
    ),
    # before the cut: 480 × 2.18 = 1046.40; + 180 × 2.62 = 1518.00
    (
        "xian-home",
        (2025, 2, 1),
        3,
        1,
        [(479, 104422), (480, 104640), (481, 104902), (659, 151538), (660, 151800), (661, 152127)],
    ),
    # 2000 × 2.14 = 4280.00; + 1000 × 2.57 = 6850.00
    (
        "xian-boiler",
        (2025, 7, 1),
        3,
        1,
        [(1999, 427786), (2000, 428000), (2001, 428257), (2999, 684743), (3000, 685000), (3001, 685321)],
    ),
    # before the cut: 2000 × 2.18 = 4360.00; + 1000 × 2.62 = 6980.00
    (
        "xian-boiler",
        (2025, 2, 1),
        3,
        1,
        [(1999, 435782), (2000, 436000), (2001, 436262), (2999, 697738), (3000, 698000), (3001, 698327)],
    ),
    # 1500 × 2.61 = 3915.00; + 1000 × 2.83 = 6745.00
    (
        "beijing-boiler",
        (2025, 1, 1),
        3,
        1,
        [(1499, 391239), (1500, 391500), (1501, 391783), (2499, 674217), (2500, 674500), (2501, 674923)],
    ),
    ("beijing-institution", (2025, 1, 1), 3, 1, [(1, 263), (100, 26300)]),
    # 1500 × 2.76 = 4140.00; + 1000 × 3.36 = 7500.00
    (
        "tianjin-heating",
        (2025, 1, 1),
        3,
        1,
        [(1499, 413724), (1500, 414000), (1501, 414336), (2499, 749664), (2500, 750000), (2501, 750411)],
    ),
    ("tianjin-rural-heating", (2025, 1, 1), 3, 1, [(1, 276), (100, 27600)]),
    ("tianjin-low-income", (2025, 1, 1), 3, 1, [(1, 286), (100, 28600)]),
    ("tianjin-institution", (2025, 1, 1), 3, 1, [(1, 289), (100, 28900)]),
    # 375 × 2.196 = 823.50; + 120 × 2.366 = 1107.42
    (
        "chongqing-home",
        (2025, 1, 1),
        3,
        1,
        [(374, 82130), (375, 82350), (376, 82587), (494, 110505), (495, 110742), (496, 111014)],
    ),
    ("chongqing-low-income", (2025, 1, 1), 3, 1, [(1, 196), (100, 19600)]),
    ("chengdu-institution", (2025, 1, 1), 3, 1, [(1, 254), (100, 25400)]),
    # 276 × 3.10 = 855.60; + 204 × 3.72 = 1614.48
    (
        "hangzhou-home",
        (2025, 1, 1),
        3,
        1,
        [(275, 85250), (276, 85560), (277, 85932), (479, 161076), (480, 161448), (481, 161913)],
    ),
    ("changsha-low-income", (2025, 1, 1), 3, 1, [(1, 265), (100, 26500)]),
    # 216 × 3.50 = 756.00; + 144 × 4.10 = 1346.40
    (
        "jinan-home",
        (2025, 1, 1),
        3,
        1,
        [(215, 75250), (216, 75600), (217, 76010), (359, 134230), (360, 134640), (361, 135140)],
    ),
    ("jinan-boiler", (2025, 1, 1), 3, 1, [(1, 350), (100, 35000)]),
    ("jinan-low-income", (2025, 1, 1), 3, 1, [(1, 270), (100, 27000)]),
    ("jinan-institution", (2025, 1, 1), 3, 1, [(1, 380), (100, 38000)]),
    # 277 × 3.10 = 858.70; + 144 × 3.39 = 1346.86
    (
        "haikou-home",
        (2025, 11, 1),
        3,
        1,
        [(276, 85560), (277, 85870), (278, 86209), (420, 134347), (421, 134686), (422, 135051)],
    ),
    ("fuzhou-low-income", (2025, 1, 1), 3, 1, [(1, 316), (100, 31600)]),
    # 280 × 3.16 = 884.80; + 80 × 3.63 = 1175.20
    (
        "shenyang-home",
        (2025, 1, 1),
        4,
        1,
        [(279, 88164), (280, 88480), (281, 88843), (359, 117157), (360, 117520), (361, 117994)],
    ),
    # five persons 350/430: 350 × 3.16 = 1106.00; + 80 × 3.63 = 1396.40
    (
        "shenyang-home",
        (2025, 1, 1),
        5,
        1,
        [(349, 110284), (350, 110600), (351, 110963), (429, 139277), (430, 139640), (431, 140114)],
    ),
    ("shenyang-coal-to-gas", (2025, 1, 1), 3, 1, [(1, 370), (100, 37000)]),
    ("shenyang-resident-heating", (2025, 1, 1), 3, 1, [(1, 366), (100, 36600)]),
    # 288 × 2.94 = 846.72; + 72 × 3.53 = 1100.88
    (
        "harbin-home",
        (2025, 1, 1),
        4,
        1,
        [(287, 84378), (288, 84672), (289, 85025), (359, 109735), (360, 110088), (361, 110529)],
    ),
    # six persons 398/470: 398 × 2.94 = 1170.12; + 72 × 3.53 = 1424.28
    (
        "harbin-home",
        (2025, 1, 1),
        6,
        1,
        [(397, 116718), (398, 117012), (399, 117365), (469, 142075), (470, 142428), (471, 142869)],
    ),
    ("harbin-heating", (2025, 1, 1), 3, 1, [(1, 324), (100, 32400)]),
    # 300 × 2.94 = 882.00; + 100 × 3.53 = 1235.00
    (
        "changchun-home",
        (2025, 1, 1),
        3,
        1,
        [(299, 87906), (300, 88200), (301, 88553), (399, 123147), (400, 123500), (401, 123941)],
    ),
    # 360 × 2.97 = 1069.20; + 180 × 3.56 = 1710.00
    (
        "kunming-home",
        (2026, 1, 1),
        4,
        1,
        [(359, 106623), (360, 106920), (361, 107276), (539, 170644), (540, 171000), (541, 171446)],
    ),
    # five persons 450/630: 450 × 2.97 = 1336.50; + 180 × 3.56 = 1977.30
    (
        "kunming-home",
        (2026, 1, 1),
        5,
        1,
        [(449, 133353), (450, 133650), (451, 134006), (629, 197374), (630, 197730), (631, 198176)],
    ),
    # 120 × 1.64 = 196.80; + 240 × 2.97 = 909.60; + 180 × 3.56 = 1550.40
    (
        "kunming-low-income",
        (2026, 1, 1),
        3,
        1,
        [
            (119, 19516),
            (120, 19680),
            (121, 19977),
            (359, 90663),
            (360, 90960),
            (361, 91316),
            (539, 154684),
            (540, 155040),
            (541, 155486),
        ],
    ),
    # 360 × 3.07 = 1105.20; + 240 × 3.68 = 1988.40
    (
        "nanning-home",
        (2026, 1, 1),
        3,
        1,
        [(359, 110213), (360, 110520), (361, 110888), (599, 198472), (600, 198840), (601, 199301)],
    ),
    # 3 × 0.00 = 0.00; + 357 × 3.07 = 1095.99; + 240 × 3.68 = 1979.19
    (
        "nanning-low-income",
        (2026, 1, 1),
        3,
        1,
        [
            (2, 0),
            (3, 0),
            (4, 307),
            (359, 109292),
            (360, 109599),
            (361, 109967),
            (599, 197551),
            (600, 197919),
            (601, 198380),
        ],
    ),
    # two months: 6 × 0.00 = 0.00; + 354 × 3.07 = 1086.78; + 240 × 3.68 = 1969.98
    (
        "nanning-low-income",
        (2026, 1, 1),
        3,
        2,
        [
            (5, 0),
            (6, 0),
            (7, 307),
            (359, 108371),
            (360, 108678),
            (361, 109046),
            (599, 196630),
            (600, 196998),
            (601, 197459),
        ],
    ),
    # 360 × 2.53 = 910.80; + 240 × 2.78 = 1578.00
    (
        "wuhan-home",
        (2025, 1, 1),
        3,
        1,
        [(359, 90827), (360, 91080), (361, 91358), (599, 157522), (600, 157800), (601, 158154)],
    ),
    # 2700 × 2.02 = 5454.00; + 300 × 2.42 = 6180.00
    (
        "lanzhou-boiler",
        (2025, 1, 1),
        3,
        1,
        [(2699, 545198), (2700, 545400), (2701, 545642), (2999, 617758), (3000, 618000), (3001, 618303)],
    ),
    ("lanzhou-institution", (2025, 1, 1), 3, 1, [(1, 207), (100, 20700)]),
    # 300 × 1.50 = 450.00; + 100 × 1.80 = 630.00
    (
        "urumqi-home",
        (2025, 1, 1),
        3,
        1,
        [(299, 44850), (300, 45000), (301, 45180), (399, 62820), (400, 63000), (401, 63225)],
    ),
    # 3000 × 1.50 = 4500.00; + 1000 × 1.80 = 6300.00
    (
        "urumqi-boiler",
        (2025, 1, 1),
        3,
        1,
        [(2999, 449850), (3000, 450000), (3001, 450180), (3999, 629820), (4000, 630000), (4001, 630225)],
    ),
    # from 2027: 300 × 1.63 = 489.00; + 100 × 1.96 = 685.00
    (
        "urumqi-home",
        (2027, 1, 1),
        3,
        1,
        [(299, 48737), (300, 48900), (301, 49096), (399, 68304), (400, 68500), (401, 68745)],
    ),
    # from 2027: 3000 × 1.63 = 4890.00; + 1000 × 1.96 = 6850.00
    (
        "urumqi-boiler",
        (2027, 1, 1),
        3,
        1,
        [(2999, 488837), (3000, 489000), (3001, 489196), (3999, 684804), (4000, 685000), (4001, 685245)],
    ),
    ("urumqi-central-heating", (2025, 1, 1), 3, 1, [(1, 170), (100, 17000)]),
    ("urumqi-central-heating", (2026, 8, 1), 3, 1, [(1, 190), (100, 19000)]),
    ("yinchuan-business", (2025, 1, 1), 3, 1, [(1, 312), (100, 31200)]),
    ("xining-central-heating", (2026, 1, 1), 3, 1, [(1, 169), (100, 16900)]),
]


@pytest.mark.parametrize(
    ("plan", "begin", "persons", "months", "m3", "fen"),
    [(plan, begin, persons, months, *each) for plan, begin, persons, months, table in AT_THE_BOUNDS for each in table],
)
def test_a_bill_at_a_bound(tariffs, plan, begin, persons, months, m3, fen):
    begin = dt.date(*begin)
    rated = bill(tariffs, plan, m3, begin=begin, end=begin + dt.timedelta(days=30), persons=persons, months=months)
    assert rated.amount_fen.tolist() == [fen]


def incomplete(plan):
    return not all(version.content.get("complete", True) for version in plan.versions)


@pytest.mark.parametrize("code", pack_codes())
def test_every_plan_of_a_pack_is_in_the_table_or_says_what_it_lacks(code):
    measured = {plan for plan, *_ in BY_FLOOR_AREA}
    for plan in read_pack(code).plans:
        if incomplete(plan):
            assert any(said.startswith("缺：") for version in plan.versions for said in version.content["assumed"])
        else:
            assert plan.code in {plan for plan, *_ in AT_THE_BOUNDS} | measured


@pytest.mark.parametrize("code", pack_codes())
def test_a_plan_with_a_gap_refuses_to_bill(tariffs, code):
    for plan in read_pack(code).plans:
        if incomplete(plan):
            begin = day_number(plan.versions[-1].effective_from)
            asked = Intervals.of(plan=[tariffs.plan(plan.code)], from_day=begin, to_day=begin + 30, litres=1000)
            assert refusals(asked, tariffs).tolist() == [Why.INCOMPLETE]


# 80 m² × 15 m³: 1 200 × 2.94 = 3 528.00, then 3.53. 66.5 m² × 15 = 997.5, half up 998: 998 × 2.94 = 2 934.12.
BY_FLOOR_AREA = [
    ("changchun-heating", 8_000, [(1199, 352506), (1200, 352800), (1201, 353153)]),
    ("changchun-heating", 6_650, [(997, 293118), (998, 293412), (999, 293765)]),
]


@pytest.mark.parametrize(
    ("plan", "measure", "m3", "fen"), [(plan, area, *each) for plan, area, table in BY_FLOOR_AREA for each in table]
)
def test_a_heating_bill_by_floor_area(tariffs, plan, measure, m3, fen):
    begin = dt.date(2025, 12, 1)
    rated = bill(tariffs, plan, m3, begin=begin, end=begin + dt.timedelta(days=30), measure=measure)
    assert rated.amount_fen.tolist() == [fen]
    assert rated.lines.code.tolist()[0] == 1


def test_a_heating_home_without_its_floor_area_is_refused(tariffs):
    begin = day_number(dt.date(2025, 12, 1))
    asked = Intervals.of(plan=[tariffs.plan("changchun-heating")], from_day=begin, to_day=begin + 30, litres=1000)
    assert refusals(asked, tariffs).tolist() == [Why.NO_MEASURE]


def test_nanning_free_gas_is_counted_by_the_month_and_the_ladder_by_the_year(tariffs):
    """358 m³ before: of 10 m³ 3 are free and lift the ladder to 361, so 7 × 3.68; without them 2 would cost 3.07."""
    march, january = dt.date(2026, 3, 1), dt.date(2026, 1, 1)
    rated = bill(tariffs, "nanning-low-income", 10, begin=march, end=dt.date(2026, 4, 1), booked=(january, 358))
    assert sorted(lines(rated)) == [(1, 3, 0, 0), (2, 7, 36800, 2576)]
    assert rated.movements.counts_only.tolist() == [0, 1]
    assert rated.movements.litres.tolist() == [10_000, 10_000]


@pytest.mark.parametrize("code", pack_codes())
def test_a_pack_names_its_papers(code):
    for plan in read_pack(code).plans:
        for version in plan.versions:
            assert version.document_no
            assert version.source


@pytest.mark.parametrize(
    ("plan", "begin", "period", "booked", "m3", "expected"),
    [
        # The second of two bills over a bound: one m³ on each side.
        ("shanghai-home", (2025, 3, 1), (2024, 9, 1), 309, 2, [(1, 1, 30000, 300), (2, 1, 33000, 330)]),
        ("guangzhou-home", (2025, 3, 1), (2025, 1, 1), 399, 2, [(2, 1, 41400, 414), (3, 1, 51800, 518)]),
        ("nanjing-home", (2025, 3, 1), (2025, 1, 1), 400, 1, [(2, 1, 36400, 364)]),
        ("taiyuan-home", (2026, 3, 1), (2026, 1, 1), 155, 2, [(1, 1, 29400, 294), (2, 1, 33900, 339)]),
        ("taiyuan-home", (2026, 3, 1), (2026, 1, 1), 227, 2, [(2, 1, 33900, 339), (3, 1, 40700, 407)]),
        ("xian-boiler", (2025, 8, 1), (2025, 1, 1), 1999, 2, [(1, 1, 21400, 214), (2, 1, 25700, 257)]),
    ],
)
def test_a_later_bill_goes_on_where_the_last_one_stopped(tariffs, plan, begin, period, booked, m3, expected):
    begin = dt.date(*begin)
    end = begin + dt.timedelta(days=30)
    rated = bill(tariffs, plan, m3, begin=begin, end=end, booked=(dt.date(*period), booked))
    assert lines(rated) == expected


def test_shanghai_bill_of_2025_says_what_is_left_in_tier_1(tariffs):
    """Register 157 → 180 with 145 m³ in the tier year including this bill: 69.00 yuan, 165 m³ left."""
    begin, end = dt.date(2025, 5, 5), dt.date(2025, 7, 5)
    rated = bill(tariffs, "shanghai-home", 23, begin=begin, end=end, booked=(dt.date(2024, 9, 1), 145 - 23))
    assert rated.amount_fen.tolist() == [6900]
    assert (rated.tier.tolist(), rated.left_litres.tolist()) == ([0], [165_000])


def test_shanghai_tier_year_begins_with_the_homes_own_reading(tariffs):
    """Read on 5 September: what was used since July belongs to the old year, what follows to the new one."""
    july, september, november = dt.date(2025, 7, 5), dt.date(2025, 9, 5), dt.date(2025, 11, 5)
    old_year = dt.date(2024, 9, 1)
    old = bill(tariffs, "shanghai-home", 20, begin=july, end=september, booked=(old_year, 300))
    new = bill(tariffs, "shanghai-home", 20, begin=september, end=november, booked=(old_year, 320))
    assert lines(old) == [(1, 10, 30000, 3000), (2, 10, 33000, 3300)]
    assert lines(new) == [(1, 20, 30000, 6000)]
    assert new.movements.period_day.tolist() == [day_number(dt.date(2025, 9, 1))]


def test_xian_price_cut_inside_a_bimonthly_interval(tariffs):
    """10 May to 10 July, 61 days, 22 of them before 1 June: 22 × 2.18 + 39 × 2.14 = 47.96 + 83.46."""
    rated = bill(tariffs, "xian-home", 61, begin=dt.date(2025, 5, 10), end=dt.date(2025, 7, 10))
    assert lines(rated) == [(1, 22, 21800, 4796), (1, 39, 21400, 8346)]
    assert rated.amount_fen.tolist() == [13142]


def test_xian_slices_are_whole_and_the_ladder_goes_on_across_the_cut(tariffs):
    """40 m³ share as 14.43 and 25.57, so 14 and 26; 470 m³ before leave 10 in tier 1, used up before the cut."""
    period = dt.date(2025, 1, 1)
    rated = bill(tariffs, "xian-home", 40, begin=dt.date(2025, 5, 10), end=dt.date(2025, 7, 10), booked=(period, 470))
    assert lines(rated) == [(1, 10, 21800, 2180), (2, 4, 26200, 1048), (2, 26, 25700, 6682)]


def test_taiyuan_half_year_loses_what_was_not_used(tariffs):
    """16 June to 16 July: 15 days in each half-year; the 10 m³ booked before count in the first only."""
    june, july = dt.date(2026, 6, 16), dt.date(2026, 7, 16)
    rated = bill(tariffs, "taiyuan-home", 300, begin=june, end=july, booked=(dt.date(2026, 1, 1), 10))
    assert lines(rated) == [(1, 146, 29400, 42924), (2, 4, 33900, 1356), (1, 150, 29400, 44100)]


def test_taiyuan_heating_gas_has_its_own_ladder(tariffs):
    """17 October to 16 November: 15 of 30 days in the season, 200 m³ each: 156/228 outside, 1950 inside."""
    rated = bill(tariffs, "taiyuan-heating", 400, begin=dt.date(2025, 10, 17), end=dt.date(2025, 11, 16))
    assert lines(rated) == [(1, 156, 29400, 45864), (2, 44, 33900, 14916), (1, 200, 29400, 58800)]
    assert rated.lines.code.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("plan", "persons", "left"),
    [
        ("nanjing-home", 5, 625),
        ("nanjing-home", 3, 400),
        ("guangzhou-home", 5, 390),
        ("guangzhou-home", 4, 320),
        ("shanghai-home", 5, 460),
    ],
)
def test_household_size_widens_tier_1(tariffs, plan, persons, left):
    rated = bill(tariffs, plan, 0, begin=dt.date(2025, 2, 1), end=dt.date(2025, 3, 1), persons=persons)
    assert rated.left_litres.tolist() == [left * 1000]
    assert lines(rated) == []


@pytest.mark.parametrize(
    ("tier_1", "ratio", "published"),
    [("3.07", "1.5", 46_100), ("3.45", "1.5", 51_800), ("3.45", "1.2", 41_400)],
)
def test_published_ratios_are_rounded_half_up(tier_1, ratio, published):
    """Nanning 4.605 → 4.61 and Guangzhou 5.175 → 5.18: why packs hold absolute prices."""
    cents = (Decimal(tier_1) * Decimal(ratio)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert int(cents * 10_000) == published
