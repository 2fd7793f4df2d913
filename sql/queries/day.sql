-- part: day-columns
-- Calls of a day. People are who agents or the dialer found to be people, and all
-- who were dropped; a call that has no status yet is not counted among them.
COUNT(*) AS placed, COUNT(c.answered_at) AS answered, COUNT(c.bridged_at) AS connected,
  COALESCE(SUM(c.status = 'DROP' OR (t.human AND c.answered_at IS NOT NULL)), 0) AS people,
  COALESCE(SUM(c.status = 'DROP'), 0) AS dropped, COALESCE(SUM(t.sale), 0) AS sales

-- name: day-log
-- From the log itself: calls of some campaigns in a span of time.
SELECT c.campaign_id, {{day-columns}}
FROM calls c FORCE INDEX (calls_campaign) LEFT JOIN statuses t ON t.status = c.status
WHERE c.campaign_id IN (?) AND c.placed_at >= ? AND c.placed_at < ? AND c.sent GROUP BY c.campaign_id;

-- name: day-up
-- Calls that are up, which no sum holds: they are found as in web-campaign-calls.
-- Left alone, the server looks for them among all that the campaign has placed.
SELECT STRAIGHT_JOIN c.campaign_id, TIMESTAMPDIFF(SECOND, '1970-01-01', c.placed_at) DIV 900 AS quarter, {{day-columns}}
FROM servers v JOIN calls c FORCE INDEX (calls_live) ON c.server_id = v.id AND c.live = 1 LEFT JOIN statuses t ON t.status = c.status
WHERE c.campaign_id IN (?) AND c.placed_at >= ? AND c.placed_at < ? AND c.sent GROUP BY c.campaign_id, quarter;

-- name: day-sums
-- What the reports have summed up, by quarters of the hour.
SELECT s.campaign_id, TIMESTAMPDIFF(SECOND, '1970-01-01', s.at) DIV 900 AS quarter, SUM(s.calls) AS placed, SUM(s.answered) AS answered, SUM(s.connected) AS connected,
  SUM(CASE WHEN s.status = 'DROP' THEN s.calls WHEN t.human THEN s.answered ELSE 0 END) AS people,
  SUM(IF(s.status = 'DROP', s.calls, 0)) AS dropped, SUM(IF(t.sale, s.calls, 0)) AS sales
FROM call_sums s LEFT JOIN statuses t ON t.status = s.status
WHERE s.campaign_id IN (?) AND s.span = 0 AND s.at >= ? AND s.at < ? GROUP BY s.campaign_id, s.at;

-- name: day-waiting
-- Quarters of the hour whose sums are not what the log says.
SELECT DISTINCT campaign_id, TIMESTAMPDIFF(SECOND, '1970-01-01', from_at) DIV 900 AS quarter FROM report_changes
WHERE kind = 'C' AND campaign_id IN (?) AND from_at >= ? AND from_at < ?;
