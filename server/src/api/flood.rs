//! How often anybody may ask for anything: so much that no person notices, so little that one program
//! cannot take the server from the others.

use std::{net::IpAddr, sync::Arc, time::Duration};

use actix_web::{
    Error, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};
use protocol::ids::PrincipalId;

use super::{address, problem::Failure};
use crate::{
    config::LimitsConfig,
    rate_limit::{Rate, RateLimit, RateLimited, network},
};

/// How many seconds of requests may come at once.
const BURST_S: u32 = 10;

/// The limits every request is counted against. Cheap to clone.
#[derive(Clone)]
pub struct FloodLimits(Arc<Limits>);

struct Limits {
    addresses: Option<RateLimit>,
    principals: Option<RateLimit>,
}

impl FloodLimits {
    /// The limits of the settings; 0 stands for none.
    pub fn new(config: &LimitsConfig) -> Self {
        let addresses = limit(config.requests_per_address_s);
        let principals = limit(config.requests_per_principal_s);
        Self(Arc::new(Limits { addresses, principals }))
    }

    /// Counts a request from an address.
    pub(crate) fn check_address(&self, address: Option<IpAddr>) -> Result<(), RateLimited> {
        match (&self.0.addresses, address) {
            (Some(limit), Some(address)) => limit.check(network(address)),
            (None, _) | (_, None) => Ok(()),
        }
    }

    /// Counts a request of somebody.
    pub(super) fn check_principal(&self, principal: PrincipalId) -> Result<(), RateLimited> {
        self.0.principals.as_ref().map_or(Ok(()), |limit| limit.check(principal))
    }
}

fn limit(per_s: u32) -> Option<RateLimit> {
    let every = Duration::from_secs(1).checked_div(per_s)?;
    RateLimit::new(Rate { burst: per_s.saturating_mul(BURST_S).try_into().ok()?, every })
}

/// Answers `rate_limited` to addresses that ask too often, before anything else is done for them.
pub async fn hold_back(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let limits: Option<&Data<FloodLimits>> = request.app_data();
    let address = address::of(request.request());
    match limits.map_or(Ok(()), |limits| limits.check_address(address)) {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(limited) => Ok(request.into_response(Failure::from(limited).error_response()).map_into_right_body()),
    }
}
