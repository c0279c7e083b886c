// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.rest.ServerAddress;
import dev.holdfast.client.rest.Servers;
import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The nodes that the client knows: those it was given, then those that a node named. */
final class Endpoints {
  private final Servers servers;
  private final AtomicInteger nextStart = new AtomicInteger();

  Endpoints(Servers servers) {
    this.servers = servers;
  }

  void learn(String address) {
    try {
      servers.learn(ServerAddress.parse(address));
    } catch (IllegalArgumentException e) {
      Loudly.warn("a node named an address that is none: " + e.getMessage());
    }
  }

  /** A walk over all nodes that starts where no other walk just started. */
  Walk walk() {
    return new Walk(nextStart.getAndIncrement());
  }

  /** Confined to one thread, or to its owner's guard. */
  final class Walk {
    private int index;

    private Walk(int start) {
      index = start;
    }

    URI next() {
      List<ServerAddress> all = servers.all();
      return all.get(Math.floorMod(index++, all.size())).uri();
    }
  }
}
