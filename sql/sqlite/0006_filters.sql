-- A list by one of these filters reads no more rows than it shows. All three grow at the ends of their keys, so an
-- insert touches a page that is in the cache.
CREATE INDEX order_items_type ON order_items (goods_type, order_id);
CREATE INDEX payments_status ON payments (status);        -- and pay_no, the row's own number
CREATE INDEX callbacks_account ON callbacks (account_id); -- and id
