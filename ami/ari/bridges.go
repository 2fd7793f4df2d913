package ari

import "context"

// Bridges lists all bridges.
func (c *Client) Bridges(ctx context.Context) ([]BridgeData, error) {
	return get[[]BridgeData](ctx, c, nil, "bridges")
}

// Bridge returns one bridge.
func (c *Client) Bridge(ctx context.Context, id string) (BridgeData, error) {
	return get[BridgeData](ctx, c, nil, "bridges", id)
}

// CreateBridge makes a bridge of that id. kind is a comma separated list:
// "mixing", or "holding", with "dtmf_events" and "proxy_media" as wanted. An
// id in use changes that bridge's name.
func (c *Client) CreateBridge(ctx context.Context, id, kind, name string) (BridgeData, error) {
	body := struct {
		Type string `json:"type"`
		Name string `json:"name,omitempty"`
	}{kind, name}
	return post[BridgeData](ctx, c, body, "bridges", id)
}

// DeleteBridge ends a bridge; its channels stay, in the application.
func (c *Client) DeleteBridge(ctx context.Context, id string) error {
	return c.del(ctx, nil, "bridges", id)
}

// AddChannel puts channels into a bridge. They leave the one they are in.
func (c *Client) AddChannel(ctx context.Context, bridgeID string, o AddOptions, channels ...string) error {
	if err := checkIDs(channels...); err != nil {
		return err
	}
	body := struct {
		Channel []string `json:"channel"`
		AddOptions
	}{channels, o}
	return c.send(ctx, body, "bridges", bridgeID, "addChannel")
}

// RemoveChannel takes channels out of a bridge; they stay in the application.
func (c *Client) RemoveChannel(ctx context.Context, bridgeID string, channels ...string) error {
	if err := checkIDs(channels...); err != nil {
		return err
	}
	return c.send(ctx, map[string][]string{"channel": channels}, "bridges", bridgeID, "removeChannel")
}

// PlayToBridge plays media URIs to everybody in a bridge, as the playback of
// that id.
func (c *Client) PlayToBridge(ctx context.Context, bridgeID, playbackID string, media ...string) (PlaybackData, error) {
	return post[PlaybackData](ctx, c, playBody{media}, "bridges", bridgeID, "play", playbackID)
}

// StartBridgeMOH plays music on hold to a bridge; class may be empty.
func (c *Client) StartBridgeMOH(ctx context.Context, bridgeID, class string) error {
	return c.send(ctx, mohBody{class}, "bridges", bridgeID, "moh")
}

// StopBridgeMOH ends music on hold.
func (c *Client) StopBridgeMOH(ctx context.Context, bridgeID string) error {
	return c.del(ctx, nil, "bridges", bridgeID, "moh")
}
