-- +goose Up
-- One index for each order that a campaign may dial in. leads_dialable goes by
-- zone set and number of calls before anything else: what may not be dialed at
-- this hour, or any more, is a range of it that is not read. The other two have
-- the order first, and those columns at their end, so that a lead's row is read
-- only when it is likely to be dialed.
ALTER TABLE leads
  DROP KEY leads_dialable,
  ADD KEY leads_dialable (list_id, called_since_reset, status, zone_set, called_count, id),
  ADD KEY leads_by_rank (list_id, called_since_reset, status, lead_rank, id, zone_set, called_count),
  ADD KEY leads_by_call (list_id, called_since_reset, status, last_called_at, id, zone_set, called_count);
