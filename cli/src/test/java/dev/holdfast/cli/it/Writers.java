// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import dev.holdfast.testkit.cluster.LocalNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/** Load: threads that write objects through changing nodes and note what was acknowledged. */
final class Writers implements AutoCloseable {
  private final Rest rest;
  private final Supplier<List<LocalNode>> nodes;
  private final Map<String, String> acknowledged = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> hung = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;

  Writers(Rest rest, int count, String prefix, Supplier<List<LocalNode>> nodes) {
    this.rest = rest;
    this.nodes = nodes;
    for (int i = 0; i < count; i++) {
      String name = prefix + "/w" + i;
      threads.add(Thread.ofVirtual().name(name).start(() -> write(name)));
    }
  }

  private void write(String name) {
    for (int i = 0; !closed; i++) {
      List<LocalNode> targets = nodes.get();
      String key = name + "/" + i;
      // Every other one is above the size that is kept inline, so that there are chunks to move.
      String body = (key + "\n").repeat(i % 2 == 0 ? 2_000 : 100);
      try {
        HttpResponse<String> answer =
            rest.send(
                targets.get(i % targets.size()),
                "PUT",
                "/v1/objects/" + key + "?consistency=confirmed",
                body);
        if (answer.statusCode() == 200 || answer.statusCode() == 201) {
          acknowledged.put(key, body);
        }
      } catch (HttpTimeoutException e) {
        hung.add(key + ": " + e);
      } catch (IOException e) {
        // Refused or cut: not acknowledged, and not promised.
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  int count() {
    return acknowledged.size();
  }

  /** Ends the load; what was acknowledged by then, by key. */
  Map<String, String> finish() throws InterruptedException {
    closed = true;
    for (Thread thread : threads) {
      if (!thread.join(Rest.PATIENCE.plusSeconds(5))) {
        throw new AssertionError(thread.getName() + " hangs");
      }
    }
    if (!hung.isEmpty()) {
      throw new AssertionError("Requests without an answer: " + hung);
    }
    return Map.copyOf(acknowledged);
  }

  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
  }
}
