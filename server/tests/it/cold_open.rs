//! A large document opened cold: what is stored goes out as it is.
//!
//! `cargo test --release -p server --test it cold_open -- --nocapture` prints the figures.

use std::time::Instant;

use yrs::{ReadTxn, StateVector, Text, Transact};

use crate::{
    process::{Gala, free_port},
    setting,
    yjs_client::{Dialect, YjsClient, new_doc},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_document_opens_cold_without_being_encoded_again() {
    let megabytes = setting("GALA_TEST_MEGABYTES", 10) as usize;
    let (port, directory) = (free_port(), tempfile::tempdir().unwrap());
    let gala = Gala::start(port, directory.path(), None).await;
    let room = gala.create_page("Large").await;
    let written = large_document(megabytes * 1_000_000);
    let update = written.transact().encode_state_as_update_v1(&StateVector::default());
    let mut author = YjsClient::connect(&gala.owner, &room, None, Dialect::Hocuspocus, new_doc()).await.unwrap();
    author.hear_until_synced().await;
    author.update(&update).await.unwrap();
    author.hear_until_saved().await;
    let length = { written.get_or_insert_text("t").len(&written.transact()) };
    drop(author);
    gala.kill();

    for dialect in [Dialect::Hocuspocus, Dialect::YWebsocket] {
        let gala = Gala::start(port, directory.path(), None).await;
        let (cpu, began) = (gala.cpu_time(), Instant::now());
        let mut reader = YjsClient::open(&gala.owner, &room, None, dialect, new_doc()).await.unwrap();
        let bytes = reader.first_sync().await;
        let (wall, cpu) = (began.elapsed(), gala.cpu_time() - cpu);
        println!("{dialect:?}: {bytes} bytes, first sync after {wall:?}, server CPU {cpu:?}");

        assert_eq!(reader.doc.get_or_insert_text("t").len(&reader.doc.transact()), length);
        assert!(bytes < update.len() + update.len() / 10, "the document is sent once");
    }
}

/// Typed by many people in small pieces, so that it has many structs, as documents of this size do.
fn large_document(bytes: usize) -> yrs::Doc {
    let doc = new_doc();
    let mut size = 0;
    let shared = doc.get_or_insert_text("t");
    let mut txn = doc.transact_mut();
    while size < bytes {
        let piece = format!("paragraph {size} of a long text that somebody has written. ");
        // At the front: pieces appended by one writer would merge into one struct.
        shared.insert(&mut txn, 0, &piece);
        size += piece.len() + 10;
    }
    drop(txn);
    doc
}
