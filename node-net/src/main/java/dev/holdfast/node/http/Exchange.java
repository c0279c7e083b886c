// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import dev.holdfast.node.principal.Principal;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** One request and its response. Confined to the virtual thread of the request. */
public interface Exchange {
  /** Who asks. */
  Principal principal();

  String method();

  /** The decoded value of a segment of the route's template. */
  String path(String name);

  /**
   * The first value of a query parameter, decoded; empty string for {@code ?name} without value.
   */
  Optional<String> query(String name);

  /** All names that stand in the query: to refuse unknown ones. */
  List<String> queryNames();

  /**
   * A header that has one value.
   *
   * @throws ProblemException 400 when it stands there twice: nobody knows which one counts
   */
  Optional<String> header(String name);

  /** A header whose value is a list: all its lines, joined by commas (RFC 9110 §5.3). */
  Optional<String> listHeader(String name);

  List<String> headerNames();

  /** -1 when the request has none (chunked). */
  long contentLength();

  /**
   * The body as it arrives, in constant memory. Reading past a body that was cut half way throws an
   * IOException, of which {@link java.net.SocketTimeoutException} says that it stalled.
   *
   * @param othersWait for what this body holds: then it has little time to go on
   */
  InputStream body(BooleanSupplier othersWait);

  default InputStream body() {
    return body(() -> false);
  }

  /**
   * The body as JSON, strict: unknown fields, wrong types, trailing content and bodies above 64 KiB
   * are a {@link ProblemException} 400 that names the place. An empty body is {@code {}}; any other
   * must be announced as {@code application/json}, which no form of a foreign page can (415).
   */
  <T> T json(Class<T> type);

  void responseHeader(String name, String value);

  /** Answers with a JSON document. */
  void respond(int status, Object body);

  /** Answers with a status and nothing else. */
  void respond(int status);

  /**
   * Begins a response body that is streamed.
   *
   * @param length of the body, -1 for chunked
   * @param othersWait for what this response holds: then a client that is slow to read is cut off
   */
  OutputStream respondStream(int status, long length, BooleanSupplier othersWait);

  default OutputStream respondStream(int status, long length) {
    return respondStream(status, length, () -> false);
  }

  /** True once the client has closed the connection; a waiting request polls it, or registers. */
  boolean isClientGone();

  /** Runs when the client's connection closes before the response is complete. Once. */
  void onClientGone(Runnable action);

  /** The host and port that the request came from, for logs. */
  String remoteAddress();
}
