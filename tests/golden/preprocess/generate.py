"""Writes cases.csv: texts of our own and what the reference text rules make of them.

The rules are stated here a second time, with Python's `re`, straight from their description in words. Before anything is
written, this statement is held against every row that the reference implementation itself made (argument: the folder
`shared`, with data/metoo/*.csv and oracles/preprocess/*.csv); one difference and nothing is written.

    python generate.py ../../../../shared
"""

import csv
import pathlib
import platform
import re
import sys
import unicodedata

CONTRACTIONS = """
ain’t aren’t can’t can’t’ve ’cause could’ve couldn’t couldn’t’ve didn’t doesn’t don’t hadn’t hadn’t've hasn’t haven’t
he’d he’d’ve he’ll he’ll’ve he’s how’d how’d’y how’ll how’s i’d i’d’ve i’ll i’ll’ve i’m i’ve isn’t it’d it’d’ve it’ll
it’ll’ve it’s let’s ma’am mayn’t might’ve mightn’t mightn’t’ve must’ve mustn’t mustn’t’ve needn’t needn’t’ve o’clock
oughtn’t oughtn’t’ve shan’t sha’n’t shan’t’ve she’d she’d’ve she’ll she’ll’ve she’s should’ve shouldn’t shouldn’t’ve
so’ve so’s that’d that’d’ve that’s there’d there’d’ve there’s they’d they’d’ve they’ll they’ll’ve they’re they’ve to’ve
wasn’t we’d we’d’ve we’ll we’ll’ve we’re we’ve weren’t what’ll what’ll’ve what’re what’s what’ve when’s when’ve where’d
where’s where’ve who’ll who’ll’ve who’s who’ve why’s why’ve will’ve won’t won’t’ve would’ve wouldn’t wouldn’t’ve y’all
y’all’d y’all’d've y’all’re y’all’ve you’d you’d've you’ll you’ll've you’re you’ve
""".split()
EXCEPTIONS = {
    "ain’t": "are not", "can’t": "cannot", "can’t’ve": "cannot have", "’cause": "because", "he’s": " he is",
    "how’d": "how did", "how’d’y": "how do you", "let’s": "let us", "ma’am": "madam", "o’clock": "of the clock",
    "shan’t": "shall not", "sha’n’t": "shall not", "shan’t’ve": "shall not have", "that’d": "that had",
    "where’d": "where did", "who’ll": "ho will", "won’t": "will not", "won’t’ve": "will not have", "y’all": "you all",
    "y’all’d": "you all would", "y’all’d’ve": "you all would have", "y’all’re": "you all are", "y’all’ve": "you all have",
}
ENDINGS = [("n’t’ve", "not have"), ("’d’ve", "would have"), ("’ll’ve", "will have"), ("n’t", "not"), ("’d", "would"),
           ("’ll", "will"), ("’s", "is"), ("’ve", "have"), ("’re", "are"), ("’m", "am")]
EMOJI = re.compile(
    "[\U0001F1E0-\U0001F1FF\U0001F300-\U0001F5FF\U0001F600-\U0001F64F\U0001F680-\U0001F6FF\U0001F700-\U0001F77F"
    "\U0001F780-\U0001F7FF\U0001F800-\U0001F8FF\U0001F900-\U0001F9FF\U0001FA00-\U0001FA6F\U0001FA70-\U0001FAFF"
    "\u2702-\u27B0\u24C2-\U0001F251]+")
TAGS = r"((url\s*)*(usr|htg)\b\s*(url\s*)*)+"


def expansion(word):
    curly = word.replace("'", "’")
    if curly in EXCEPTIONS:
        return EXCEPTIONS[curly]
    return next(curly[: -len(end)] + " " + meaning for end, meaning in ENDINGS if curly.endswith(end))


def halve(text):
    return text.replace("  ", " ")


def reference(text):
    text = re.sub(r"https?://[A-Za-z!$-_]+", "URL", text)
    text = re.sub(r"@\w+", "USR", re.sub(r"#\w+", "HTG", text))
    text = re.sub(r"\\u[0-9a-fA-F]+", "", text)
    for blank in "\t\r\n":
        text = text.replace(blank, " ")
    text = text.replace("&amp;", "&").strip().replace("'", "’")
    text = text.replace("\x92", "’").replace("ŕ", "à").replace("č", "è").lower()
    for word in CONTRACTIONS:
        for spelling in (word, word.replace("’", "'")):
            text = text.replace(spelling, expansion(word))
    text = EMOJI.sub("", halve(text)).encode("unicode_escape").decode("ascii")
    text = re.sub(r"\\[uU]\w*", "", text)
    text = re.sub(r"\b(\w+)(\W+\1\b)+", r"\1", text, flags=re.IGNORECASE)
    text = re.sub(r"htg[-_]\w+", "htg", text, flags=re.IGNORECASE)
    for mark in "!?.":
        text = re.sub(re.escape(mark) + "+", mark, text).strip()
    text = re.sub(r"\d+", "num", text).replace("\\n", " ").strip()
    text = re.sub(r"num[,.]num", "num", halve(text).strip()).strip()
    text = halve(text.replace("\\xe", "").replace("\\xa", "")).strip()
    text = re.sub("^" + TAGS, "", text).strip()
    text = re.sub(TAGS + "$", "", text).strip()
    text = re.sub(r"^((num|url)*(usr|htg)\b\s*(num|url)*)+", "", halve(text).strip()).strip()
    return re.sub("url$", "", halve(text).strip()).strip()


TEXTS = [
    "", " ", "\u3000\u2003\x1c", "plain", "Nothing to change here", "CAPITALS AND sMaLL", "ΟΔΟΣ Straße İstanbul",
    # 1: links
    "see http://a.b/c?d=e&f=%20g, then go", "https://X~y http:// https://# httpS://no", "http://é.org/x (http://a.b)",
    # 2, 3: hashtags and mentions of any script; marks and joiners end them
    "a #tag_1 b #été c #日本語 d #नमस्ते e # f", "mail me@home.org or @ or @@two and @user’s", "x#a#b y@c@d",
    # 4, 5: written-out escapes, blanks, entities, apostrophes, two mended letters
    "left \\u2019 right \\uD83D\\uDE00end \\u zz \\uxyz", "a\tb\rc\nd\r\ne", "salt &amp; pepper &amp;amp; &lt;",
    "it\x92s ŕ la čarte, ŔČ", "one\u2028two\x85three\x0bfour",
    # 6: contractions, inside words too
    "I can't've known, y'all'd've said it's fine", "She's sure he’s late; who'll say I'd've won't?",
    "Ma'am, it's nine o'clock 'cause they'll've slept", "HADN'T'VE hadn’t've you'd've you'll've sha'n't",
    "Mustn'T scan’t the’ll rock'n'roll O'Neil's", "how'd'y do, where'd that'd go? let's, letʼs",
    "İsn't ΣΑΣ'S", "a  b   c    d     e",
    # 7: emoji and everything above U+00FF
    "fun😂😂 and 🇫🇷 flags✂️ ok", "日本 and 한국 and ⓐ", "café Ünï ÿ ÷ ¿ñ", "‘single’ “double” – dash… end",
    "a’ve b’x_1-y", "zero\u200dwidth\u200b joiner", "𝒜lpha 𝟙23 Ⅷ ½ ٣", "back\\slash \\n \\t \\x41 \\\\U0001 nul\x01\x7f",
    "soft\u00adhyphen nbsp\u00a0here",
    # 8: repeats
    "the the The, THE; cat cat's cat", "ha-ha-ha haha ha", "no... no? no! yes no", "1 1 2 2,2 x_x x_x _ _",
    "that that\n\nthat is is", "é é e e",
    # 9: joined tags
    "#a-b #a_b #a-#b x#one-two", "htg-foo HTG_bar htg- htg_",
    # 10 to 12: marks, digits, spaces
    "what?!?! wow!!! well... ok.. ?!.", "in 2019, 1,000,000.50 or 3.14.15 and 7,8.9,10 x9y", "10.000 10,000 1 000 1. 2",
    "! a ! ! b . . .", "a \\n\\n b 5\\n6",
    # 13: what the escapes leave
    "à la crème brûlée", "\xa0\xaa\xe0\xef\xff",
    # 14 to 17: tags at both ends
    "@a @b http://x.y hello @c #d http://z.w", "http://a.b http://c.d #e: start", "#one#two three", "@a",
    "http://a.b", "curl @a", "@a curls are http://q.r", "usr url urls htg end usr url", "12 @a text", "12@a 34 text 56@b",
    "@a 12 #b 34 text", "RT @a: so #true.", "word http://a.b http://c.d", "@a http://b.c!! @d", "usrs htgx @a-b c",
    "the end url", "the end url url", "@a @a @a twice twice #z #z",
]


def witnesses(shared):
    for name in ["data/metoo/train", "data/metoo/test", "oracles/preprocess/tweets", "oracles/preprocess/synthetic"]:
        with open(shared / f"{name}.csv", encoding="utf-8", newline="") as file:
            yield from ((row["text"], row["text_pp"]) for row in csv.DictReader(file))


def main():
    rows = list(witnesses(pathlib.Path(sys.argv[1])))
    differing = [text for text, expected in rows if reference(text) != expected]
    print(f"{len(rows)} witness rows, {len(differing)} differ")
    if differing:
        sys.exit(1)
    here = pathlib.Path(__file__).parent
    with open(here / "cases.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["text", "text_pp"])
        writer.writerows((text, reference(text)) for text in TEXTS)
    print(f"{len(TEXTS)} cases")
    (here / "versions.txt").write_text(
        f"python {platform.python_version()}\nunicode {unicodedata.unidata_version}\n"
        f"witness rows {len(rows)}, differing 0\n")


main()
