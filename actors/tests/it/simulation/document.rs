//! Yjs documents as the simulation has them: a text of tokens, and a title.

use yrs::{
    ClientID, Doc, GetString, OffsetKind, Options, ReadTxn, Text, Transact, TransactionMut, Update,
    updates::decoder::Decode,
};

/// The text everybody types into. Not what the rooms know as content: they must carry everything.
const TEXT: &str = "t";
/// The title of a page.
const TITLE: &str = "title";

/// An empty document that writes under this client id.
pub(super) fn document(client: u64) -> Doc {
    Doc::with_options(Options { offset_kind: OffsetKind::Utf16, ..Options::with_client_id(ClientID::new(client)) })
}

/// Answers whether everything the document was told builds on something it has.
pub(super) fn apply(doc: &Doc, update: &[u8]) -> bool {
    let mut txn = doc.transact_mut();
    txn.apply_update(Update::decode_v1(update).unwrap()).unwrap();
    !txn.has_missing_updates()
}

pub(super) fn text(doc: &Doc) -> String {
    read(doc, TEXT)
}

pub(super) fn title(doc: &Doc) -> String {
    read(doc, TITLE)
}

/// Puts a token somewhere; answers with the update.
pub(super) fn insert(doc: &Doc, at: u32, token: char) -> Vec<u8> {
    let mut txn = doc.transact_mut();
    put(&mut txn, at, token);
    txn.encode_update_v1()
}

fn put(txn: &mut TransactionMut<'_>, at: u32, token: char) {
    let text = yrs::WriteTxn::get_or_insert_text(txn, TEXT);
    let length = text.len(txn);
    text.insert(txn, at % (length + 1), token.encode_utf8(&mut [0; 4]));
}

/// Takes a token away, if there is one; answers with it and the update.
pub(super) fn remove(doc: &Doc, at: u32) -> Option<(char, Vec<u8>)> {
    let tokens: Vec<char> = text(doc).chars().collect();
    if tokens.is_empty() {
        return None;
    }
    let at = at as usize % tokens.len();
    let shared = doc.get_or_insert_text(TEXT);
    let mut txn = doc.transact_mut();
    shared.remove_range(&mut txn, at as u32, 1);
    Some((tokens[at], txn.encode_update_v1()))
}

fn read(doc: &Doc, name: &str) -> String {
    let txn = doc.transact();
    txn.get_text(name).map(|text| text.get_string(&txn)).unwrap_or_default()
}
