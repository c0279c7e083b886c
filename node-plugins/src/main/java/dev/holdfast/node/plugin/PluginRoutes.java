package dev.holdfast.node.plugin;

import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import java.util.List;

/** {@code GET /v1/plugins}: what this node loaded, how it goes, and which policy places. */
public final class PluginRoutes implements Routes {
  private final Plugins plugins;

  public PluginRoutes(Plugins plugins) {
    this.plugins = plugins;
  }

  @Override
  public void register(Router router) {
    router.add("GET", "/v1/plugins", this::list);
  }

  private void list(Exchange exchange) {
    ActivePlacement placement = plugins.placement();
    exchange.respond(
        200,
        new Listing(
            new Placement(placement.name(), placement.version(), placement.reason()),
            plugins.reports()));
  }

  /** The body of the answer. */
  public record Listing(Placement placement, List<PluginReport> plugins) {}

  /** Which policy places, and why it. */
  public record Placement(String policy, String version, String reason) {}
}
