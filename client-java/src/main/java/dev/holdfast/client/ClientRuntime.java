// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestException;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.FrameException;
import java.net.http.HttpClient;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What all sessions of a {@link Holdfast} share.
 *
 * @param seen the newest revision that any node has told this client (R19)
 * @param moves decides who goes to the leader's node
 * @param requests numbers them, over all sessions: they share connections
 */
record ClientRuntime(
    ClientConfig config,
    HttpClient http,
    RestClient rest,
    Endpoints endpoints,
    Time time,
    Executor events,
    Random random,
    AtomicLong seen,
    AtomicLong requests,
    Connection.Dialer dialer,
    MovePlanner moves) {

  void saw(long revision) {
    seen.accumulateAndGet(revision, Math::max);
  }

  long nextRequest() {
    return requests.incrementAndGet();
  }

  /**
   * @throws RefusedException when the frame is longer than the protocol allows
   */
  byte[] encode(ClientFrame frame) {
    try {
      return config.encoding().codec().encode(frame);
    } catch (FrameException e) {
      throw Failures.of(e);
    }
  }

  /** Reads a record over REST. */
  <T> T read(String target, Class<T> type) {
    try {
      return rest.read(RestRequest.of("GET", target), type);
    } catch (RestException e) {
      throw Failures.of(e);
    }
  }

  /** An id that no other client has: 96 random bits. */
  String freshId(String prefix) {
    return String.format("%s%016x%08x", prefix, random.nextLong(), random.nextInt());
  }
}
