"""Lists names that are said in several ways, or otherwise than they are spelled; and words the dictionary lacks.

Sounds are ARPAbet without stress. What the dictionary lists for a name counts as well.
"""

from collections.abc import Mapping

Sounds = tuple[str, ...]


def _table(text: str) -> Mapping[str, tuple[Sounds, ...]]:
    rows = (line.split(": ", 1) for line in text.strip().splitlines())
    return {name: tuple(tuple(way.split()) for way in ways.split(", ")) for name, ways in rows}


ALSO_SAID = _table("""
wuzzy: W AH Z IY
lorry: L AA R IY, L AO R IY
lorries: L AA R IY Z, L AO R IY Z
nought: N AO T
noughts: N AO T S
litre: L IY T ER
litres: L IY T ER Z
kilohertz: K IH L AH HH ER T S
ampersand: AE M P ER S AE N D
pyjamas: P AH JH AA M AH Z, P AH JH AE M AH Z
jewellery: JH UW AH L R IY, JH UW L ER IY
gaol: JH EY L
covid: K OW V IH D
pterodactyl: T EH R AH D AE K T AH L
courgette: K AO R ZH EH T
hashtag: HH AE SH T AE G
n: AH N
em: AH M
miz: M IH Z
missus: M IH S IH Z
misses: M IH S IH Z
o'clock: OW K L AA K
shan't: SH AE N T, SH AA N T
aaliyah: AA L IY AH, AH L IY AH
adele: AH D EH L
aidan: EY D AH N
aisling: AE SH L IH NG, EY S L IH NG, AE SH L IY N
alicia: AH L IH SH AH, AH L IY SH AH, AH L IY S IY AH
andrea: AE N D R IY AH, AA N D R EY AH, AE N D R EY AH
anika: AH N IY K AH, AA N IH K AH
anya: AA N Y AH, AE N Y AH
aoife: IY F AH
ariana: AA R IY AA N AH, EH R IY AE N AH
beatrice: B IY AH T R IH S, B IY T R IH S
caitlin: K EY T L IH N, K AE T L IY N, K AE SH L IY N
camila: K AH M IY L AH, K AH M IH L AH
caoimhe: K IY V AH, K W IY V AH
cara: K AA R AH, K EH R AH
chloe: K L OW IY
ciara: S IY EH R AH, K IH R AH, K IY R AH
cillian: K IH L IY AH N, S IH L IY AH N
dana: D EY N AH, D AE N AH
deirdre: D IH R D R AH, D IH R D R IY
eilidh: EY L IY
eleanor: EH L AH N AO R, EH L AH N ER
elena: EH L AH N AH, AH L EY N AH, IH L IY N AH
elias: IH L AY AH S, EH L IY AH S
eoin: OW AH N
eva: IY V AH, EY V AH
evelyn: EH V AH L IH N, IY V L IH N, EH V L IH N
fatima: F AE T IH M AH, F AH T IY M AH
freya: F R EY AH
giovanni: JH OW V AA N IY, JH IY AH V AA N IY
gisele: JH IH Z EH L
graham: G R EY AH M, G R AE M
hermione: HH ER M AY AH N IY
hugo: HH Y UW G OW
ian: IY AH N, AY AH N
ibrahim: IH B R AH HH IY M
imogen: IH M AH JH AH N, IH M OW JH EH N
isla: AY L AH
ivan: AY V AH N, IY V AA N
jacques: ZH AA K, ZH AE K, JH AA K
jorge: HH AO R HH EY, JH AO R JH
jose: HH OW Z EY, HH OW S EY, JH OW Z EY
juan: W AA N, HH W AA N
julio: HH UW L IY OW, JH UW L IY OW
kayleigh: K EY L IY
kira: K IH R AH, K AY R AH
lara: L AA R AH, L EH R AH
laszlo: L AE Z L OW, L AA S L OW
leah: L IY AH, L EY AH
leila: L IY L AH, L EY L AH, L AY L AH
lena: L IY N AH, L EY N AH
lucia: L UW SH AH, L UW S IY AH, L UW CH IY AH
luis: L UW IY S, L UW IH S
maeve: M EY V
mahmoud: M AA M UW D, M AA HH M UW D
maia: M AY AH, M EY AH
maria: M AH R IY AH, M ER AY AH
matteo: M AH T EY OW
mia: M IY AH
michaela: M IH K EY L AH, M AY K EY L AH
mikhail: M IH K AY L, M IY HH AA IY L
mohammed: M OW HH AA M EH D, M AH HH AE M IH D
muhammad: M OW HH AA M AH D, M UH HH AE M AH D
naomi: N EY OW M IY, N AY OW M IY
natalia: N AH T AA L Y AH, N AH T AE L IY AH
niamh: N IY V, N IY AH V
nevaeh: N AH V EY AH
noel: N OW AH L, N OW EH L
oisin: OW SH IY N, AH SH IY N
padraig: P AA D R IH G, P AO R IH K
phoebe: F IY B IY
priya: P R IY AH
quinoa: K IY N W AA
raphael: R AE F IY AH L, R AA F AY EH L, R AA F EY EH L
raul: R AA UW L, R AW L
rhys: R IY S
rishi: R IH SH IY, R IY SH IY
roisin: R OW SH IY N, R AH SH IY N
ruairi: R UH R IY, R AO R IY
saoirse: S ER SH AH, S IH R SH AH, S AO R SH AH
sasha: S AE SH AH, S AA SH AH
sean: SH AO N
seamus: SH EY M AH S
shea: SH EY
siobhan: SH AH V AO N, SH IH V AO N
sinead: SH IH N EY D
sofia: S OW F IY AH, S AH F IY AH, S AH F AY AH
sophia: S OW F IY AH, S AH F AY AH
stephen: S T IY V AH N, S T EH F AH N, S T EH F AA N
tadhg: T AY G
tara: T AA R AH, T EH R AH
thalia: TH AE L IY AH, T AA L Y AH, TH EY L IY AH
thea: TH IY AH, T EY AH
theo: TH IY OW
tomas: T OW M AA S, T AA M AH S
wojciech: V OY CH EH K
xander: Z AE N D ER
xavier: Z EY V Y ER, EH K Z EY V Y ER, HH AA V Y EH R
xiu: SH UW
yusuf: Y UW S AH F
yvette: IH V EH T, Y V EH T
yves: IY V
zara: Z AA R AH, Z EH R AH
zhang: JH AE NG, ZH AA NG
zoe: Z OW IY
""")
