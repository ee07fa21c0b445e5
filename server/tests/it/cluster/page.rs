//! The page that is typed into: paragraphs of tokens, each written once and never deleted.

use std::collections::BTreeMap;

use yrs::{
    Doc, GetString, ReadTxn, Text, Transact, TransactionMut, Update, WriteTxn, XmlElementPrelim, XmlFragment, XmlOut,
    XmlTextPrelim, XmlTextRef, updates::decoder::Decode,
};

use crate::{storm::Random, yjs_client::new_doc};

/// Tokens of a paragraph; the next ones begin another.
const MAX_PARAGRAPH: usize = 20;
/// Ends every token.
const END: char = ';';

/// Types a token somewhere into the last paragraph; answers with the update.
pub(crate) fn type_token(doc: &Doc, token: &str, random: &mut Random) -> Vec<u8> {
    let mut txn = doc.transact_mut();
    match last_paragraph(&mut txn) {
        Some(text) => {
            let written = text.get_string(&txn);
            let boundaries: Vec<usize> = written.match_indices(END).map(|(at, _)| at + 1).collect();
            let at = boundaries[random.below(boundaries.len() as u64) as usize];
            text.insert(&mut txn, at as u32, &format!("{token}{END}"));
        }
        None => {
            let content = txn.get_or_insert_xml_fragment("content");
            let paragraph = content.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
            paragraph.push_back(&mut txn, XmlTextPrelim::new(format!("{token}{END}")));
        }
    }
    txn.encode_update_v1()
}

/// The last paragraph, if there is room in it.
fn last_paragraph(txn: &mut TransactionMut) -> Option<XmlTextRef> {
    let content = txn.get_or_insert_xml_fragment("content");
    let last = content.get(txn, content.len(txn).checked_sub(1)?)?;
    let XmlOut::Element(paragraph) = last else { return None };
    let Some(XmlOut::Text(text)) = paragraph.get(txn, 0) else { return None };
    let tokens = text.get_string(txn).matches(END).count();
    (1..MAX_PARAGRAPH).contains(&tokens).then_some(text)
}

/// What a document says.
pub(crate) fn text(doc: &Doc) -> String {
    let txn = doc.transact();
    txn.get_xml_fragment("content").map(|content| content.get_string(&txn)).unwrap_or_default()
}

/// The document that these updates make.
pub(crate) fn of_updates<'a>(updates: impl IntoIterator<Item = &'a [u8]>) -> Doc {
    let doc = new_doc();
    for update in updates {
        doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    }
    doc
}

/// How often each token is in a text of any form.
pub(crate) fn tokens(text: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for piece in text.split(END).filter(|piece| !piece.is_empty()) {
        // Before a token there may be a tag, a line break, or what makes it long.
        let token = piece.rsplit(['>', '\n', ' ']).next().unwrap_or_default();
        if !token.is_empty() {
            *found.entry(token.to_owned()).or_insert(0) += 1;
        }
    }
    found
}
