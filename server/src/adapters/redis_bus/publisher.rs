//! Tells what there is to tell, in its order, while Redis is there.

use bytes::Bytes;
use redis::{AsyncConnectionConfig, Client, Pipeline, RedisError, aio::MultiplexedConnection};
use tokio::{sync::mpsc, time::timeout};

use super::{PUBLISHED, RECONNECT_AFTER, TIMEOUT, ignored};

/// Messages in one round trip.
const MAX_AT_ONCE: usize = 64;

/// A sealed message and where it goes.
pub(super) struct Message {
    pub(super) channel: String,
    pub(super) payload: Bytes,
}

/// Tells every message, until nobody can say anything any more. What comes while Redis is away is
/// not told.
pub(super) async fn publish(client: Client, mut messages: mpsc::Receiver<Message>) {
    let mut is_away = false;
    while !messages.is_closed() {
        let told = match connect(&client).await {
            Ok(connection) => {
                if std::mem::take(&mut is_away) {
                    tracing::info!("Redis is there again");
                }
                tell(connection, &mut messages).await
            }
            Err(error) => Err(error),
        };
        let Err(error) = told else { return };
        if !std::mem::replace(&mut is_away, true) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "Redis cannot be told anything; other nodes find it in the database"
            );
        }
        let discard = async {
            while messages.recv().await.is_some() {
                ignored("unsent")
            }
        };
        drop(timeout(RECONNECT_AFTER, discard).await);
    }
}

/// Tells one message by a connection of its own.
///
/// # Errors
///
/// [`RedisError`].
pub(super) async fn publish_one(client: &Client, message: Message) -> Result<(), RedisError> {
    let mut connection = connect(client).await?;
    redis::cmd("PUBLISH").arg(message.channel).arg(&message.payload[..]).exec_async(&mut connection).await
}

async fn connect(client: &Client) -> Result<MultiplexedConnection, RedisError> {
    let settings =
        AsyncConnectionConfig::new().set_connection_timeout(Some(TIMEOUT)).set_response_timeout(Some(TIMEOUT));
    client.get_multiplexed_async_connection_with_config(&settings).await
}

async fn tell(mut connection: MultiplexedConnection, messages: &mut mpsc::Receiver<Message>) -> Result<(), RedisError> {
    let mut gathered = Vec::with_capacity(MAX_AT_ONCE);
    while messages.recv_many(&mut gathered, MAX_AT_ONCE).await > 0 {
        let mut pipeline = Pipeline::with_capacity(gathered.len());
        for Message { channel, payload } in &gathered {
            pipeline.cmd("PUBLISH").arg(channel).arg(&payload[..]).ignore();
        }
        let told = pipeline.query_async::<()>(&mut connection).await;
        if let Err(error) = told {
            gathered.iter().for_each(|_| ignored("unsent"));
            return Err(error);
        }
        metrics::counter!(PUBLISHED).increment(gathered.len() as u64);
        gathered.clear();
    }
    Ok(())
}
