"""Amounts in Chinese capital figures, as receipts and invoices demand. Pure.

Source: 《正确填写票据和结算凭证的基本规定》 (People's Bank of China, 支付结算办法 annex 1): 零 once between figures, 整 after
yuan or jiao when no fen follow.
"""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_SECTIONS = ("", "万", "亿", "万亿")


def in_capitals(fen: int) -> str:
    """«壹仟零贰拾叁元肆角伍分» from 102345; «零元整» from 0; «负» before an amount below zero."""
    sign = "负" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    jiao, fen_digit = divmod(rest, 10)
    whole = _whole(yuan) + "元" if yuan else ""
    if not rest:
        return sign + (whole or "零元") + "整"
    tail = _DIGITS[jiao] + "角" if jiao else ("零" if yuan else "")
    tail += _DIGITS[fen_digit] + "分" if fen_digit else "整"
    gap = "零" if yuan and jiao and yuan % 10 == 0 else ""
    return sign + whole + gap + tail


def _whole(yuan: int) -> str:
    sections: list[str] = []
    place = 0
    owed_zero = False
    while yuan:
        yuan, section = divmod(yuan, 10_000)
        if section:
            text = _section(section) + _SECTIONS[place]
            if owed_zero:
                text += "零"
            sections.append(text)
            owed_zero = section < 1_000
        elif sections:
            owed_zero = True
        place += 1
    return "".join(reversed(sections))


def _section(section: int) -> str:
    text = ""
    zero = False
    for place in range(3, -1, -1):
        digit = section // 10**place % 10
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + _PLACES[place]
            zero = False
        else:
            zero = True
    return text
