//! Where the caller is signed in.

use protocol::{
    accounts::DeviceView,
    audit::Audited,
    ids::{DeviceId, PrincipalId},
    principal::CredentialId,
};

use super::{Ctx, Denied, Outage, accounts::AccountError, changes::Change};
use crate::store::Slice;

/// The caller's devices from `before` on, the newest first, `limit` at most.
///
/// # Errors
///
/// [`AccountError`].
pub async fn list(
    ctx: &Ctx,
    limit: u32,
    before: Option<DeviceId>,
) -> Result<Slice<DeviceView, DeviceId>, AccountError> {
    let (account, current) = signed_in(ctx)?;
    let devices = ctx.services.store.devices_of(account, limit, before, ctx.services.clock.now()).await;
    let Slice { items, next } = devices.map_err(Outage::from)?;
    let items = items.into_iter().map(|device| DeviceView {
        id: device.id,
        name: device.name,
        address: device.address,
        created_at: device.created_at,
        last_used_at: device.last_used_at,
        is_current: device.id == current,
    });
    Ok(Slice { items: items.collect(), next })
}

/// Signs one of the caller's devices out. Its sockets close.
///
/// # Errors
///
/// [`AccountError::NoSuchDevice`] for devices of others, too.
pub async fn sign_out(ctx: &Ctx, device: DeviceId) -> Result<(), AccountError> {
    let (account, _) = signed_in(ctx)?;
    let event = ctx.event(Audited::SignedOut, device, "");
    let _told = ctx.services.changes.telling(Change::Credential(CredentialId::Device(device)));
    if !ctx.services.store.delete_device(device, account, &event).await.map_err(Outage::from)? {
        return Err(AccountError::NoSuchDevice);
    }
    Ok(())
}

/// Signs every device of the caller out but the one that asks.
///
/// # Errors
///
/// [`AccountError`].
pub async fn sign_out_others(ctx: &Ctx) -> Result<(), AccountError> {
    let (account, current) = signed_in(ctx)?;
    let event = ctx.event(Audited::SignedOut, account, "every other device");
    let _told = ctx.services.changes.telling(Change::Principal(account));
    ctx.services.store.delete_other_devices(account, current, &event).await.map_err(Outage::from)?;
    Ok(())
}

/// The account of the caller, and the device they ask with.
pub(super) fn signed_in(ctx: &Ctx) -> Result<(PrincipalId, DeviceId), Denied> {
    let account = ctx.account()?;
    match ctx.caller()?.credential {
        CredentialId::Device(device) => Ok((account, device)),
        CredentialId::Key(_) => Err(Denied::Forbidden),
    }
}
