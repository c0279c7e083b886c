// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Between a node and a server: holds back what goes one way or both, and cuts connections. */
final class LinkProxy implements AutoCloseable {
  private final int target;
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final AtomicLong requestBytes = new AtomicLong();
  private boolean holdsRequests;
  private boolean holdsAnswers;

  LinkProxy(int target) {
    this.target = target;
    try {
      this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().name("proxy").start(this::accept);
  }

  String connect() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  void hold(boolean requests, boolean answers) {
    lock.lock();
    try {
      holdsRequests = requests;
      holdsAnswers = answers;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** That went through to the server until now. */
  long requestBytes() {
    return requestBytes.get();
  }

  /** Ends all connections; what is held is lost. New ones are served. */
  void cut() {
    for (Socket socket : sockets) {
      close(socket);
    }
    sockets.clear();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(server);
        Thread.ofVirtual().start(() -> pump(client, server, true));
        Thread.ofVirtual().start(() -> pump(server, client, false));
      } catch (IOException _) {
        // The server is away, or the test is over.
      }
    }
  }

  private void pump(Socket from, Socket to, boolean requests) {
    byte[] buffer = new byte[1 << 16];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        awaitPassage(requests);
        out.write(buffer, 0, n);
        if (requests) {
          requestBytes.addAndGet(n);
        }
      }
    } catch (IOException | InterruptedException _) {
      // Cut.
    } finally {
      close(from);
      close(to);
    }
  }

  private void awaitPassage(boolean requests) throws InterruptedException {
    lock.lock();
    try {
      while (requests ? holdsRequests : holdsAnswers) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is of no more use either way.
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    hold(false, false);
    cut();
  }
}
