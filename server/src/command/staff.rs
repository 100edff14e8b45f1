//! `sidedoor staff`: who may answer visitors.

use std::path::Path;
use std::sync::Arc;

use sidedoor::clock::Clock;
use sidedoor::id::ConversationId;
use sidedoor::model::{Mailbox, Member, Role};
use sidedoor::staff::Staff;
use sidedoor::store::Store;

use super::{Failure, Outcome, load_config, runtime, site_named};

pub(super) fn add(config: Option<&Path>, address: &str, role: Role, site: Option<&str>) -> Outcome {
    let config = load_config(config)?.config;
    let site = site.map(|site| site_named(&config, Some(site)).map(|site| site.id.clone())).transpose()?;
    let mailbox = Mailbox::parse(address).map_err(|error| Failure::new(format!("\"{address}\": {error}")))?;
    runtime()?.block_on(async {
        let staff = open(config).await?;
        let member = staff.add(&mailbox, site.as_deref(), role).await?;
        let door = staff.first_door(&member, Clock::system().now()).await?;
        staff.mail_first_door(&member).await?;
        println!("{} is {} of {}", member.address, role.as_str(), site.as_deref().unwrap_or("all sites"));
        println!("Their first sign-in, good for three days, also on its way by mail:\n{}", door.url);
        if let Some(code) = door.code {
            println!("Or the code {code} with their address at {}", door.page);
        }
        Ok(())
    })
}

pub(super) fn list(config: Option<&Path>) -> Outcome {
    let config = load_config(config)?.config;
    runtime()?.block_on(async {
        let members = open(config).await?.members().await?;
        if members.is_empty() {
            println!("nobody yet; add `staff` to a [[site]], or use `sidedoor staff add`");
        }
        for member in members {
            println!("{}\t{}\t{}", member.address, member.name, what(&member));
        }
        Ok(())
    })
}

pub(super) fn revoke(config: Option<&Path>, address: &str, conversation: Option<&str>) -> Outcome {
    let config = load_config(config)?.config;
    let conversation = conversation
        .map(|id| id.parse::<ConversationId>().map_err(|_| Failure::new(format!("\"{id}\" is no conversation's id"))))
        .transpose()?;
    let address = Mailbox::parse(address).map_or_else(|_| address.to_owned(), |mailbox| mailbox.address.to_string());
    runtime()?.block_on(async {
        let staff = open(config).await?;
        let member = staff
            .member_at(&address)
            .await?
            .ok_or_else(|| Failure::new(format!("{address} is no member; `sidedoor staff list` shows who is")))?;
        match conversation {
            None => {
                staff.revoke(&member).await?;
                println!("{address} may do nothing any more; open pages close within five seconds");
            }
            Some(id) if staff.revoke_links(&member, id).await? => {
                println!("{address}'s links to {id} open nothing any more; open pages close within five seconds");
            }
            Some(id) => return Err(Failure::new(format!("there is no conversation {id}"))),
        }
        Ok(())
    })
}

async fn open(config: sidedoor::config::Config) -> Result<Staff, Failure> {
    let store = Store::open(&config.database_url, Clock::system()).await?;
    Ok(Staff::open(store, Arc::new(config), Clock::system()).await?)
}

fn what(member: &Member) -> String {
    if member.revoked_at.is_some() {
        return "revoked".to_owned();
    }
    let roles: Vec<String> = member.roles.iter().map(|(site, role)| format!("{} of {site}", role.as_str())).collect();
    if roles.is_empty() { "no site".to_owned() } else { roles.join(", ") }
}
