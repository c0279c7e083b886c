// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.io.IOException;
import java.io.InputStream;

/**
 * An object that is being read, in constant memory. Close it: it holds a connection. For one
 * thread.
 */
public final class ObjectReader implements AutoCloseable {
  private final ObjectHead head;
  private final InputStream stream;

  ObjectReader(ObjectHead head, InputStream stream) {
    this.head = head;
    this.stream = stream;
  }

  public ObjectHead head() {
    return head;
  }

  /**
   * The bytes as they arrive. A connection that breaks, or that brings nothing for the request
   * timeout, is an {@link IOException}: a stream that ends is complete.
   */
  public InputStream stream() {
    return stream;
  }

  /** The rest of the stream in memory: for small objects. */
  public byte[] readAll() throws IOException {
    return stream.readAllBytes();
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
