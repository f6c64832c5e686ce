"""What each factor of Alpha101 measures, in a sentence.

"Against" says that the value is turned round. "Turnover" is the mean money traded a day, "middle"
is that between the day's high and low, and the "place" of a value is its rank among its own of the
last days.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_TEXT = """
001 Rank of how recently the 5-day peak of the close, or of volatility after a fall, came.
002 Against the 6-day correlation of the ranks of volume growth and of the move since the open.
003 Against the 10-day correlation of the ranks of open and volume.
004 Against where the low's rank stands among its own of 9 days.
005 Open above the 10-day mean vwap, against how far the close lies from the vwap, by ranks.
006 Against the 10-day correlation of open and volume.
007 On heavy volume, against the 7-day move by how unusual it is within 60 days; else -1.
008 Against the rank of how summed opens times summed returns changed in 10 days.
009 The day's move where 5 days went one way, its reverse otherwise.
010 Rank of the day's move where 4 days went one way, and of its reverse otherwise.
011 Extremes of vwap less close over 3 days, with the change of volume, by ranks.
012 The day's move reversed where volume grew, followed where it fell.
013 Against the rank of the 5-day covariance of the ranks of close and volume.
014 Against the change of returns in 3 days, with the 10-day correlation of open and volume.
015 Against 3 days of the rank of the correlation of high and volume.
016 Against the rank of the 5-day covariance of the ranks of high and volume.
017 A high close that slows down on heavy volume, by ranks.
018 Against the body of the bar, its volatility and the correlation of close and open.
019 Against the sign of the 7-day move, by the rank of a year's return.
020 Against the open's gaps from yesterday's high, close and low, by ranks.
021 The 2-day mean close against a band around that of 8 days, volume deciding within.
022 Against the change of the correlation of high and volume, by the rank of volatility.
023 Against the 2-day change of the high, where that is above its 20-day mean.
024 Below the 100-day high where the 100-day mean stopped rising, else against the 3-day move.
025 Rank of a fall on a large turnover that closed far below its high.
026 Against the 3-day peak of the correlation of the 5-day ranks of volume and high.
027 -1 where volume and vwap ranked together over 6 days, else 1.
028 Correlation of turnover and low plus the middle of the day less the close, scaled.
029 Low ranks of a 5-day reversal, with the place of the return of 6 days ago among its own.
030 Few rises in 3 days, by the share of 5 days in the volume of 20.
031 Decaying 10-day and 3-day reversals, with the sign of turnover's correlation with the low.
032 7-day mean over close, with the vwap's correlation with the close of 5 days before.
033 Rank of the close over the open.
034 Rank of calm in the last 2 of 5 days and of a fall.
035 High volume, a low close and high, and low returns, each among its own of 16 or 32 days.
036 Five weighted ranks of correlations, the day's move, old returns and the 200-day mean.
037 Rank of how the last day's fall went with the close over 200 days, plus the day's fall.
038 A low close among its own of 10 days that fell from the open, by ranks.
039 Against a 7-day rise on falling turnover, by the rank of a year's return.
040 Against the volatility of the high, with the correlation of high and volume.
041 Geometric middle of the day less the vwap.
042 Rank of vwap less close over the rank of their sum.
043 Unusual turnover within 20 days after an unusual 7-day fall.
044 Against the 5-day correlation of the high with the rank of volume.
045 Against the older mean close, with correlations of close, volume and sums of closes.
046 Sign of how a trend of 20 days bends; against the day's move in between.
047 Low prices on heavy volume far below the high, less the rank of vwap's 5-day change.
048 A year's autocorrelation of moves times the day's, within sectors, over squared returns.
049 1 where a trend of 20 days bends down by a tenth, else against the day's move.
050 Against the 5-day peak of the rank of the correlation of volume and vwap.
051 1 where a trend of 20 days bends down by a twentieth, else against the day's move.
052 A rising 5-day low, by the rank of a year's return without a month's and by volume.
053 Against the 9-day change of the close's place between low and high.
054 The close's place in the day's range, by the fifth power of open over close.
055 Against the correlation of the close's place in 12 days and volume, by ranks.
056 Against the rank of recent returns over older ones, with the rank of return times market cap.
057 Vwap less close over the decayed rank of how recent the 30-day peak is.
058 Against the place of the decayed correlation of vwap within sectors and volume.
059 As alpha058, the correlation over 4 days, decayed over 16 and ranked among 8.
060 Against the place in the day's range weighted by volume, with how recent the 10-day peak is.
061 1 where the vwap's rise from its 16-day low ranks below its correlation with turnover.
062 -1 where vwap's correlation with turnover ranks below whether open exceeds middle and high.
063 Against a decayed 2-day change within sectors, less that of a correlation with turnover.
064 -1 where open and low's correlation with turnover ranks below the change of middle and vwap.
065 -1 where vwap and open's correlation with turnover ranks below the rise from the 13-day low.
066 Against the decayed change of vwap and the place of low less vwap over the open's distance.
067 Against the rise from the 2-day low to the power of vwap's correlation with turnover.
068 -1 where high's correlation with turnover stands below the rank of close and low's change.
069 Against vwap's peak change within sectors to the power of a correlation with turnover.
070 Against vwap's change to the power of the close's correlation with turnover in sectors.
071 Larger of the places of close's correlation with turnover and of low and open against vwap.
072 Middle's correlation with turnover over that of the places of vwap and volume, decayed.
073 Against the larger of vwap's decayed change and the place of open and low's fall.
074 -1 where close's correlation with turnover ranks below that of high and vwap with volume.
075 1 where vwap's correlation with volume ranks below that of low with turnover.
076 Against the larger of vwap's decayed change and low's correlation with turnover in sectors.
077 Smaller of the ranks of middle less vwap and of middle's correlation with turnover, decayed.
078 Low and vwap's correlation with turnover to the power of that of vwap with volume, by ranks.
079 1 where close and open's change in sectors ranks below vwap's correlation with turnover.
080 Against the direction of open and high in sectors to the power of a turnover correlation.
081 -1 where 14 days of vwap's correlation with turnover rank below that with volume.
082 Against the smaller of open's decayed change and its correlation with volume in sectors.
083 A wide range 2 days ago on heavy volume, over today's range against vwap less close.
084 Vwap's place below its 15-day peak to the power of the close's 4-day change.
085 High and close's correlation with turnover to the power of that of middle with volume.
086 -1 where close's correlation with turnover stands below the rank of close over vwap.
087 Against the larger of close and vwap's decayed change and turnover's correlation in sectors.
088 Smaller of how open and low rank over high and close and close's correlation with turnover.
089 Low's correlation with turnover less vwap's change in sectors, by their places, decayed.
090 Against the fall from the 4-day peak to the power of turnover's correlation with the low.
091 Against a twice decayed correlation with volume in sectors, less that of vwap and turnover.
092 Smaller of the places of a weak close in its bar and of low's correlation with turnover.
093 Vwap's correlation with turnover in sectors over the decayed change of close and vwap.
094 Against vwap's rise from its 11-day low to the power of its correlation with turnover.
095 1 where open's rise from its 12-day low ranks below middle's correlation with turnover.
096 Against the larger place of vwap and volume's correlation and of its latest peak with close.
097 Against low and vwap's decayed change in sectors, less low's correlation with turnover.
098 Vwap's correlation with turnover less how recently open's correlation was least, decayed.
099 -1 where middle's correlation with turnover ranks below low's with volume.
100 Against the place in the range by volume less close's turnover correlation, within sectors.
101 The day's move over its range.
"""

DESCRIPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {f"alpha{line[:3]}": line[4:] for line in _TEXT.strip().splitlines()}
)
"""Sentences by name, `alpha001` to `alpha101`."""
