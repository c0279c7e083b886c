// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

/**
 * A lock that many may hold for reading, or one for writing; in the order of their requests, so a
 * reader behind a waiting writer waits. Owners are as in {@link ReentrantLockClient}. Immutable,
 * thread-safe.
 *
 * <p>An owner that writes may read as well. When it closes its last writing entry and a reading one
 * is left, the hold is downgraded: it goes on for reading, with no writer in between, under a new
 * token, and what was sent under the old one and arrives late is refused. Closing that entry waits
 * for the cluster's confirmation. An owner that reads cannot begin to write: that is refused, since
 * two of them would wait for each other for ever.
 *
 * <p>"Refuse lower tokens" at a foreign resource protects writers only. Readers have different
 * tokens and work at the same time.
 */
public final class ReadWriteLockClient {
  private final SessionLink link;
  private final String name;

  ReadWriteLockClient(SessionLink link, String name) {
    this.link = link;
    this.name = name;
  }

  public String name() {
    return name;
  }

  public ReentrantLockClient readLock() {
    return new ReentrantLockClient(link, name, false);
  }

  public ReentrantLockClient writeLock() {
    return new ReentrantLockClient(link, name, true);
  }

  /** With the present thread as the owner; see {@link JavaLock}. */
  public ReadWriteLock asJavaReadWriteLock() {
    JavaLock read = readLock().asJavaLock();
    JavaLock write = writeLock().asJavaLock();
    return new ReadWriteLock() {
      @Override
      public Lock readLock() {
        return read;
      }

      @Override
      public Lock writeLock() {
        return write;
      }
    };
  }
}
