#!/usr/bin/env python3
"""Writes tests/golden/word_tokens.json: clinical sentences in eight languages, and what transformers'
tokenizers make of each word. Needs transformers (4.40).

    golden_word_tokens.py                       the small tokenizers of tests/golden
    golden_word_tokens.py --real DIR            also those of DIR: bert/, clip/, llama/

{"version", "texts": {"pt": [...]}, "words": {"pt": [...]}, "tokenizers": {"clip": {"pt": [[tokens,
unknown, parts of characters], ...]}}}: for each of the words, in "a WORD" after "a". Real ones are
called real_bert and so on. Also prints the means of which docs/languages.md has a table.
"""
import argparse
import gzip
import json
import pathlib
import re
import tempfile

import transformers

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"

TEXTS = {
"en": [
 "The patient is a 54-year-old man with a pigmented lesion on the upper back. It has grown over the last six months and sometimes bleeds when scratched.",
 "Chest X-ray shows bilateral ground-glass opacities, more marked in the lower lobes. No pleural effusion. The heart is of normal size.",
 "Retina of the left eye: a few microaneurysms and small haemorrhages near the macula, the optic disc is normal. Mild diabetic retinopathy.",
 "She has had diabetes for twelve years, takes insulin and smokes ten cigarettes a day. Blood pressure is high despite treatment.",
 "Nobody in her family had skin cancer. The spot itches, does not hurt, and its edges are not sharp.",
],
"pt": [
 "O paciente é um homem de 54 anos com uma lesão pigmentada na parte superior das costas. Cresceu nos últimos seis meses e às vezes sangra quando coçada.",
 "A radiografia de tórax mostra opacidades bilaterais em vidro fosco, mais marcadas nos lobos inferiores. Sem derrame pleural. O coração tem tamanho normal.",
 "Retina do olho esquerdo: alguns microaneurismas e pequenas hemorragias perto da mácula, o disco óptico é normal. Retinopatia diabética leve.",
 "Ela tem diabetes há doze anos, usa insulina e fuma dez cigarros por dia. A pressão arterial está alta apesar do tratamento.",
 "Ninguém na família teve câncer de pele. A mancha coça, não dói, e as bordas não são nítidas.",
],
"es": [
 "El paciente es un hombre de 54 años con una lesión pigmentada en la parte superior de la espalda. Ha crecido en los últimos seis meses y a veces sangra al rascarse.",
 "La radiografía de tórax muestra opacidades bilaterales en vidrio esmerilado, más marcadas en los lóbulos inferiores. Sin derrame pleural. El corazón es de tamaño normal.",
 "Retina del ojo izquierdo: algunos microaneurismas y pequeñas hemorragias cerca de la mácula, el disco óptico es normal. Retinopatía diabética leve.",
 "Tiene diabetes desde hace doce años, usa insulina y fuma diez cigarrillos al día. La presión arterial es alta a pesar del tratamiento.",
 "Nadie en su familia tuvo cáncer de piel. La mancha pica, no duele, y sus bordes no son nítidos.",
],
"fr": [
 "Le patient est un homme de 54 ans avec une lésion pigmentée en haut du dos. Elle a grandi au cours des six derniers mois et saigne parfois quand on la gratte.",
 "La radiographie du thorax montre des opacités bilatérales en verre dépoli, plus marquées dans les lobes inférieurs. Pas d'épanchement pleural. Le cœur est de taille normale.",
 "Rétine de l'œil gauche : quelques microanévrismes et de petites hémorragies près de la macula, la papille est normale. Rétinopathie diabétique légère.",
 "Elle est diabétique depuis douze ans, prend de l'insuline et fume dix cigarettes par jour. La tension est élevée malgré le traitement.",
 "Personne dans sa famille n'a eu de cancer de la peau. La tache démange, ne fait pas mal, et ses bords ne sont pas nets.",
],
"de": [
 "Der Patient ist ein 54-jähriger Mann mit einer pigmentierten Läsion am oberen Rücken. Sie ist in den letzten sechs Monaten gewachsen und blutet manchmal beim Kratzen.",
 "Das Röntgenbild des Brustkorbs zeigt beidseitige Milchglastrübungen, deutlicher in den Unterlappen. Kein Pleuraerguss. Das Herz ist normal groß.",
 "Netzhaut des linken Auges: einige Mikroaneurysmen und kleine Blutungen nahe der Makula, der Sehnerv ist unauffällig. Leichte diabetische Retinopathie.",
 "Sie hat seit zwölf Jahren Diabetes, nimmt Insulin und raucht zehn Zigaretten am Tag. Der Blutdruck ist trotz Behandlung hoch.",
 "Niemand in der Familie hatte Hautkrebs. Der Fleck juckt, tut nicht weh, und seine Ränder sind unscharf.",
],
"ru": [
 "Пациент, мужчина 54 лет, с пигментным образованием на верхней части спины. За последние шесть месяцев оно выросло и иногда кровоточит при расчёсывании.",
 "На рентгенограмме грудной клетки двусторонние затемнения по типу матового стекла, более выраженные в нижних долях. Плеврального выпота нет. Сердце нормального размера.",
 "Сетчатка левого глаза: несколько микроаневризм и мелкие кровоизлияния около макулы, диск зрительного нерва в норме. Лёгкая диабетическая ретинопатия.",
 "У неё диабет двенадцать лет, она получает инсулин и курит десять сигарет в день. Давление высокое, несмотря на лечение.",
 "Ни у кого в семье не было рака кожи. Пятно чешется, не болит, края нечёткие.",
],
"zh": [
 "患者为五十四岁男性，上背部有一处色素性病变，近六个月增大，抓挠时偶有出血。",
 "胸部X线片显示双肺磨玻璃样影，以下叶为著，未见胸腔积液，心脏大小正常。",
 "左眼视网膜：黄斑附近可见少量微动脉瘤和小出血点，视盘正常。轻度糖尿病视网膜病变。",
 "她患糖尿病十二年，使用胰岛素，每天吸烟十支。虽经治疗，血压仍高。",
 "家族中无人患皮肤癌。斑点瘙痒，不痛，边缘不清。",
],
"ar": [
 "المريض رجل عمره 54 عاما لديه آفة مصطبغة في أعلى الظهر. كبرت خلال الأشهر الستة الماضية وتنزف أحيانا عند الحك.",
 "تظهر صورة الصدر الشعاعية عتامات زجاجية في الجانبين، أوضح في الفصين السفليين. لا يوجد انصباب جنبي. حجم القلب طبيعي.",
 "شبكية العين اليسرى: بعض أمهات الدم الدقيقة ونزوف صغيرة قرب البقعة، والقرص البصري طبيعي. اعتلال شبكية سكري خفيف.",
 "لديها داء السكري منذ اثني عشر عاما، وتستخدم الأنسولين وتدخن عشر سجائر يوميا. ضغط الدم مرتفع رغم العلاج.",
 "لم يصب أحد في عائلتها بسرطان الجلد. البقعة تسبب الحكة ولا تؤلم وحوافها غير واضحة.",
],
}


def byte_symbols():
    own = [b for b in range(256) if 0x21 <= b <= 0x7E or 0xA1 <= b <= 0xAC or b >= 0xAE]
    others = [b for b in range(256) if b not in own]
    return {**{chr(b): b for b in own}, **{chr(256 + i): b for i, b in enumerate(others)}}


BYTES = byte_symbols()


def openai_clip(path, folder):
    """OpenAI's merges as the two files that Hugging Face reads."""
    merges = gzip.open(path, "rt", encoding="utf-8").read().split("\n")[1:48895]
    symbols = list(BYTES)
    vocabulary = symbols + [s + "</w>" for s in symbols] + ["".join(m.split()) for m in merges]
    vocabulary += ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(vocabulary)}))
    (folder / "merges.txt").write_text("#version\n" + "\n".join(merges) + "\n", encoding="utf-8")
    return transformers.CLIPTokenizerFast.from_pretrained(folder)


def is_part(kind, piece):
    if kind in ("bert", "siglip"):
        return False
    if kind == "llama":
        byte = re.fullmatch("<0x(..)>", piece)
        return bool(byte) and int(byte[1], 16) >= 0x80
    symbols = piece.removesuffix("</w>") if kind == "clip" else piece
    if not all(c in BYTES for c in symbols):
        return False
    try:
        bytes(BYTES[c] for c in symbols).decode()
    except UnicodeDecodeError:
        return True
    return False


def count(tokenizer, kind, word):
    def ids(text):
        return tokenizer(text, add_special_tokens=False)["input_ids"]

    new = ids(f"a {word}")[len(ids("a")):]
    unknown = tokenizer.unk_token_id if kind in ("bert", "siglip", "llama") else None
    pieces = tokenizer.convert_ids_to_tokens(new)
    return [len(new), sum(i == unknown for i in new), sum(is_part(kind, p) for p in pieces)]


def words_of(language, text):
    if language == "zh":  # pairs of characters stand for words
        return re.findall("[\u4e00-\u9fff]{1,2}", text)
    return re.findall(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*", text)


def lines_of(value, depth):
    """JSON with a line for each entry down to `depth`."""
    if depth == 0:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "{\n" + ",\n".join(f"{json.dumps(k)}: {lines_of(v, depth - 1)}" for k, v in value.items()) + "}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", type=pathlib.Path)
    args = parser.parse_args()
    fast = transformers.PreTrainedTokenizerFast
    tokenizers = {
        "bert": transformers.BertTokenizerFast.from_pretrained(GOLDEN / "bert_tokens" / "uncased"),
        "clip": transformers.CLIPTokenizerFast.from_pretrained(GOLDEN / "clip_tokens" / "vocab_and_merges"),
        "llama": transformers.LlamaTokenizer(str(GOLDEN / "llama_tokens" / "tokenizer.model"), legacy=True),
        "llama3": fast(tokenizer_file=str(GOLDEN / "llama3_tokens" / "tokenizer.json")),
        "siglip": transformers.SiglipTokenizer.from_pretrained(GOLDEN / "siglip_tokens"),
    }
    with tempfile.TemporaryDirectory() as name:
        if args.real:
            tokenizers["real_bert"] = transformers.BertTokenizerFast(str(args.real / "bert" / "vocab.txt"))
            tokenizers["real_clip"] = openai_clip(
                args.real / "clip" / "bpe_simple_vocab_16e6.txt.gz", pathlib.Path(name))
            tokenizers["real_llama"] = transformers.LlamaTokenizer(
                str(args.real / "llama" / "tokenizer.model"), legacy=True)
        words = {language: [w for text in texts for w in words_of(language, text)]
                 for language, texts in TEXTS.items()}
        counts = {name: {language: [count(tokenizer, name.removeprefix("real_"), word) for word in some]
                         for language, some in words.items()}
                  for name, tokenizer in tokenizers.items()}
    for name, by_language in counts.items():
        for language, some in by_language.items():
            tokens, unknown, parts = (sum(column) for column in zip(*some))
            print(f"{name:10} {language} {tokens / len(some):5.2f} tokens per word, "
                  f"{100 * unknown / tokens:5.1f} % unknown, {100 * parts / tokens:5.1f} % parts")
    whole = {"texts": TEXTS, "words": words, "tokenizers": counts}
    parts = [f'"version": {json.dumps("transformers " + transformers.__version__)}']
    parts += [f'{json.dumps(key)}: ' + lines_of(value, 2 if key == "tokenizers" else 1)
              for key, value in whole.items()]
    (GOLDEN / "word_tokens.json").write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")



if __name__ == "__main__":
    main()
