"""Sums in Chinese capitals (人民币大写), as the central bank asks on papers (支付结算办法, annex 1)."""

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "兆")


def capital_yuan(fen: int) -> str:
    """12345 fen → «壹佰贰拾叁元肆角伍分»; whole yuan end in «整», and so do sums that end in jiao."""
    sign = "负" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    jiao, cents = divmod(rest, 10)
    if not yuan and not rest:
        return "零元整"
    text = f"{_whole(yuan)}元" if yuan else ""
    if not rest:
        return f"{sign}{text}整"
    if jiao:
        text += f"{DIGITS[jiao]}角"
    elif yuan:
        text += "零"
    text += f"{DIGITS[cents]}分" if cents else "整"
    return sign + text


def _whole(number: int) -> str:
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    text, gap = "", False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            gap = bool(text)
            continue
        if text and (gap or group < 1000):
            text += "零"
        text += _group(group) + GROUPS[place]
        gap = False
    return text


def _group(group: int) -> str:
    """Four digits; several noughts inside are said once, noughts at the end not at all."""
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if not digit:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return text
