// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameLimits;
import dev.holdfast.protocol.frame.ServerFrame;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The watches of a session, over its changing connections. Under the session's guard. */
final class MapWatches {
  private static final Duration TRY_AGAIN = Duration.ofMillis(200);

  private final SessionView link;
  private final DataCalls calls;
  private final Uplink uplink;
  private final ClientRuntime runtime;
  private final Guard guard;
  private final Set<MapWatch> all = new LinkedHashSet<>();
  private final Map<Long, MapWatch> byNumber = new HashMap<>();

  MapWatches(SessionView link, DataCalls calls, Uplink uplink, ClientRuntime runtime, Guard guard) {
    this.link = link;
    this.calls = calls;
    this.uplink = uplink;
    this.runtime = runtime;
    this.guard = guard;
  }

  void open(MapWatch watch) {
    if (link.state().isFinal()) {
      throw new SessionLostException("the session is " + link.state());
    }
    all.add(watch);
    begin(watch);
  }

  void close(MapWatch watch) {
    if (all.remove(watch)) {
      byNumber.remove(watch.number);
      unwatch(watch.number);
    }
  }

  private void unwatch(long number) {
    uplink.unfollow(number);
    uplink.tell(new ClientFrame.UnwatchEntries(number));
  }

  /** What the old connection says, in answers too, is of no more use. */
  void pause() {
    byNumber.clear();
  }

  /** On a new connection: those that were opened up to this request. */
  void reopen(long upTo) {
    for (MapWatch watch : List.copyOf(all)) {
      if (watch.number <= upTo) {
        begin(watch);
      }
    }
  }

  private void begin(MapWatch watch) {
    byNumber.remove(watch.number);
    // Sessions share connections: no other watch of this client has it.
    long number = runtime.nextRequest();
    watch.number = number;
    byNumber.put(number, watch);
    uplink.follow(number);
    then(
        watch,
        number,
        calls.read(
            request -> new ClientFrame.WatchEntries(request, number, watch.map, watch.prefix)),
        frame -> scan(watch, number, ((ServerFrame.EntriesWatched) frame).revision()));
  }

  private void scan(MapWatch watch, long number, long revision) {
    watch.beginScan(revision);
    page(watch, number, "");
  }

  private void page(MapWatch watch, long number, String after) {
    then(
        watch,
        number,
        calls.read(request ->
            new ClientFrame.ListEntries(
                request, watch.map, watch.prefix, after, FrameLimits.MAX_PAGE, true)),
        frame -> listed(watch, number, (ServerFrame.EntryPage) frame));
  }

  private void listed(MapWatch watch, long number, ServerFrame.EntryPage page) {
    watch.listed(page.entries());
    if (page.more() && !page.entries().isEmpty()) {
      page(watch, number, page.entries().get(page.entries().size() - 1).key());
      return;
    }
    watch.endScan();
    if (watch.scanAgain) {
      scan(watch, number, runtime.seen().get());
    }
  }

  /** Goes on under the guard, unless the watch was closed or began anew meanwhile. */
  private void then(
      MapWatch watch,
      long number,
      CompletableFuture<ServerFrame> asked,
      Consumer<ServerFrame> next) {
    CompletableFuture<?> unused =
        asked.whenComplete((frame, error) ->
            guard.run(() -> {
              if (byNumber.get(number) != watch) {
                return;
              }
              if (error == null) {
                next.accept(frame);
              } else if (error instanceof RefusedException) {
                end(watch, String.valueOf(error.getMessage()));
              } else {
                guard.later(
                    TRY_AGAIN,
                    () -> {
                      if (byNumber.get(number) == watch) {
                        unwatch(number);
                        begin(watch);
                      }
                    });
              }
            }));
  }

  private void end(MapWatch watch, String reason) {
    all.remove(watch);
    byNumber.remove(watch.number);
    uplink.unfollow(watch.number);
    guard.after(() -> watch.tellEnded(reason));
  }

  /** The client has seen their versions: a node that lags must not begin this watch anew. */
  void changed(ServerFrame.EntriesChanged changed) {
    MapWatch watch = live(changed.watch());
    if (watch != null) {
      watch.changed(changed.changes());
    }
  }

  void resync(ServerFrame.EntriesResync resync) {
    MapWatch watch = live(resync.watch());
    if (watch != null && watch.scanning) {
      watch.scanAgain = true;
    } else if (watch != null) {
      scan(watch, watch.number, resync.revision());
    }
  }

  private @Nullable MapWatch live(long number) {
    MapWatch watch = byNumber.get(number);
    if (watch == null) {
      unwatch(number); // Opened by a copy of a question that was given up.
    }
    return watch;
  }

  void sessionEnded(String reason) {
    for (MapWatch watch : List.copyOf(all)) {
      end(watch, reason);
    }
  }
}
