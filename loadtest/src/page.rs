//! The page that is typed into: paragraphs of tokens, each written once and never deleted.

use yrs::{
    Doc, GetString, OffsetKind, Options, ReadTxn, Text, Transact, TransactionMut, Update, WriteTxn, XmlElementPrelim,
    XmlFragment, XmlOut, XmlTextPrelim, XmlTextRef, updates::decoder::Decode,
};

use crate::{
    random::Random,
    token::{END, Token},
};

/// Tokens of a paragraph; the next ones begin another.
const MAX_PARAGRAPH: usize = 20;
/// The name of what an editor shows.
const CONTENT: &str = "content";

/// An empty page.
pub(crate) fn new() -> Doc {
    Doc::with_options(Options { offset_kind: OffsetKind::Utf16, ..Options::default() })
}

/// Types a token somewhere into the last paragraph; answers with the update.
pub(crate) fn type_token(doc: &Doc, token: Token, random: &mut Random) -> Vec<u8> {
    let mut txn = doc.transact_mut();
    let written = format!("{token}{END}");
    match last_paragraph(&mut txn) {
        Some(text) => {
            let before = text.get_string(&txn);
            let boundaries: Vec<usize> = before.match_indices(END).map(|(at, _)| at + 1).collect();
            let at = random.one_of(&boundaries).copied().unwrap_or(0);
            text.insert(&mut txn, at as u32, &written);
        }
        None => {
            let content = txn.get_or_insert_xml_fragment(CONTENT);
            let paragraph = content.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
            paragraph.push_back(&mut txn, XmlTextPrelim::new(written));
        }
    }
    txn.encode_update_v1()
}

/// The last paragraph, if there is room in it.
fn last_paragraph(txn: &mut TransactionMut<'_>) -> Option<XmlTextRef> {
    let content = txn.get_or_insert_xml_fragment(CONTENT);
    let last = content.get(txn, content.len(txn).checked_sub(1)?)?;
    let XmlOut::Element(paragraph) = last else { return None };
    let Some(XmlOut::Text(text)) = paragraph.get(txn, 0) else { return None };
    let tokens = text.get_string(txn).matches(END).count();
    (1..MAX_PARAGRAPH).contains(&tokens).then_some(text)
}

/// What a document says.
pub(crate) fn text(doc: &Doc) -> String {
    let txn = doc.transact();
    txn.get_xml_fragment(CONTENT).map(|content| content.get_string(&txn)).unwrap_or_default()
}

/// Applies an update; false if that cannot be done.
pub(crate) fn apply(doc: &Doc, update: &[u8]) -> bool {
    Update::decode_v1(update).is_ok_and(|update| doc.transact_mut().apply_update(update).is_ok())
}

/// What updates say together; `None` if one of them cannot be applied or something is missing.
pub(crate) fn text_of<'a>(updates: impl IntoIterator<Item = &'a [u8]>) -> Option<String> {
    let doc = new();
    let is_whole = updates.into_iter().all(|update| apply(&doc, update)) && !doc.transact().has_missing_updates();
    is_whole.then(|| text(&doc))
}
