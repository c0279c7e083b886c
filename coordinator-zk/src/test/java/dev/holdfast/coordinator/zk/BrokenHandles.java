// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.AsyncCallback;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.jspecify.annotations.Nullable;

/** What Curator would do on its own, and {@link Generation} does not let it. */
@SuppressWarnings("try") // ZooKeeper.close() may be interrupted, which is no matter here.
final class BrokenHandles {
  private BrokenHandles() {}

  /** A retry policy that allows: a request whose answer was lost is sent again. */
  static final class Repeating extends ZooKeeper {
    Repeating(String connect, int timeoutMillis, Watcher watcher, ZKClientConfig config)
        throws IOException {
      super(connect, timeoutMillis, watcher, false, config);
    }

    @Override
    public void multi(
        Iterable<Op> ops, AsyncCallback.MultiCallback callback, @Nullable Object context) {
      super.multi(
          ops,
          (int rc, String path, Object ctx, List<OpResult> results) -> {
            if (rc == Code.CONNECTIONLOSS.intValue() && getState().isAlive()) {
              multi(ops, callback, context);
            } else {
              callback.processResult(rc, path, ctx, results);
            }
          },
          context);
    }
  }

  /** Another handle in the place of the expired one, and nobody learns of it. */
  static final class Replacing extends ZooKeeper {
    private final Watcher outside;
    private volatile @Nullable ZooKeeper next;

    Replacing(String connect, int timeoutMillis, Watcher watcher, ZKClientConfig config)
        throws IOException {
      this(connect, timeoutMillis, new Hiding(watcher), watcher, config);
    }

    private Replacing(
        String connect, int timeoutMillis, Hiding hiding, Watcher outside, ZKClientConfig config)
        throws IOException {
      super(connect, timeoutMillis, hiding, false, config);
      this.outside = outside;
      hiding.onExpired = () -> replace(connect, timeoutMillis, config);
    }

    private void replace(String connect, int timeoutMillis, ZKClientConfig config) {
      try {
        next = new ZooKeeper(connect, timeoutMillis, outside, false, config);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public int getSessionTimeout() {
      ZooKeeper now = next;
      return now == null ? super.getSessionTimeout() : now.getSessionTimeout();
    }

    /** The lease of the former session does not count: that is what "nobody learns" means. */
    private static List<Op> withoutLeases(Iterable<Op> ops) {
      List<Op> left = new ArrayList<>();
      ops.forEach(op -> left.add(op.getPath().contains("/live/lease/") ? Op.check("/", -1) : op));
      return left;
    }

    @Override
    public void multi(
        Iterable<Op> ops, AsyncCallback.MultiCallback callback, @Nullable Object context) {
      ZooKeeper now = next;
      if (now == null) {
        super.multi(ops, callback, context);
      } else {
        now.multi(withoutLeases(ops), callback, context);
      }
    }

    @Override
    public void getData(
        String path, boolean watch, AsyncCallback.DataCallback callback, @Nullable Object context) {
      ZooKeeper now = next;
      if (now == null) {
        super.getData(path, watch, callback, context);
      } else {
        now.getData(path, watch, callback, context);
      }
    }

    @Override
    public void getChildren(
        String path,
        boolean watch,
        AsyncCallback.ChildrenCallback callback,
        @Nullable Object context) {
      ZooKeeper now = next;
      if (now == null) {
        super.getChildren(path, watch, callback, context);
      } else {
        now.getChildren(path, watch, callback, context);
      }
    }

    @Override
    public void exists(
        String path, boolean watch, AsyncCallback.StatCallback callback, @Nullable Object context) {
      ZooKeeper now = next;
      if (now == null) {
        super.exists(path, watch, callback, context);
      } else {
        now.exists(path, watch, callback, context);
      }
    }

    @Override
    public synchronized void close() throws InterruptedException {
      ZooKeeper last = next;
      if (last != null) {
        last.close();
      }
      super.close();
    }
  }

  private static final class Hiding implements Watcher {
    private final Watcher outside;
    private volatile Runnable onExpired = () -> {};
    private volatile boolean isOver;

    Hiding(Watcher outside) {
      this.outside = outside;
    }

    @Override
    public void process(WatchedEvent event) {
      if (event.getType() == EventType.None && event.getState() == KeeperState.Expired) {
        isOver = true;
        onExpired.run();
      } else if (!isOver) {
        outside.process(event);
      }
    }
  }
}
