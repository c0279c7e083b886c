// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.event;

import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.http.Routes;
import java.util.List;

/** What this node noticed, told to whoever listens. */
public final class EventFeature implements Feature {
  private final EventHub events;

  /**
   * @param events that the features before this one tell
   */
  public EventFeature(EventHub events) {
    this.events = events;
  }

  @Override
  public List<Routes> routes() {
    return List.of(new EventRoutes(events));
  }

  @Override
  public boolean servesWithoutState() {
    return true;
  }

  /** Its streams end, and their clients listen to another node. */
  @Override
  public void leave() {
    events.end();
  }
}
