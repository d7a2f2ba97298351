//! Lists in pages: at most twenty items, and a token that says where the next page starts.

use mediaconvert::settings::Order;

use super::error::ApiError;

/// The most that one page holds, and what it holds when nobody says.
const MOST: usize = 20;

/// What a request says about its page.
pub(super) struct Page {
    pub(super) order: Order,
    pub(super) most: Option<u32>,
    pub(super) token: Option<String>,
}

impl Page {
    /// The items of this page, and the token for the next one; keys tell items apart and order them.
    pub(super) fn of<T>(&self, mut items: Vec<(String, T)>) -> Result<(Vec<T>, Option<String>), ApiError> {
        items.sort_by(|(one, _), (other, _)| match self.order {
            Order::Ascending => one.cmp(other),
            Order::Descending => other.cmp(one),
        });
        if let Some(token) = &self.token {
            let last = hex::decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let last = last.ok_or_else(|| ApiError::bad_request("NextToken: this token is not from here"))?;
            items.retain(|(key, _)| match self.order {
                Order::Ascending => *key > last,
                Order::Descending => *key < last,
            });
        }
        let most = self.most.and_then(|most| usize::try_from(most).ok()).map_or(MOST, |most| most.min(MOST));
        let next = (items.len() > most).then(|| hex::encode(&items[most - 1].0));
        Ok((items.into_iter().take(most).map(|(_, item)| item).collect(), next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_in_both_orders_while_items_come_and_go() {
        let items = |keys: &[u32]| keys.iter().map(|key| (format!("{key:02}"), *key)).collect::<Vec<_>>();
        let page = |order, token| Page { order, most: Some(2), token };
        let (first, token) = page(Order::Ascending, None).of(items(&[3, 1, 5, 4])).unwrap();
        assert_eq!(first, [1, 3]);
        let (second, token) = page(Order::Ascending, token).of(items(&[1, 2, 4, 5])).unwrap();
        assert_eq!((second, token), (vec![4, 5], None), "2 came too late, 3 is gone");
        let (first, token) = page(Order::Descending, None).of(items(&[3, 1, 5])).unwrap();
        assert_eq!(first, [5, 3]);
        assert_eq!(page(Order::Descending, token).of(items(&[3, 1, 5])).unwrap(), (vec![1], None));
    }

    #[test]
    fn a_token_from_elsewhere_is_refused() {
        let page = Page { order: Order::Ascending, most: None, token: Some("not hex".to_owned()) };
        assert!(page.of(vec![(String::new(), ())]).is_err());
    }
}
