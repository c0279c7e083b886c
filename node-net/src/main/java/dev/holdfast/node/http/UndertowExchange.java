// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

import dev.holdfast.node.principal.Principal;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpContinue;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Methods;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSinkChannel;

/** One Undertow exchange in blocking code. Its end is {@link #finish}, whatever happened. */
final class UndertowExchange implements Exchange {
  /** A body that nobody read is drained when this little is left; else the connection ends. */
  private static final long DRAIN_BYTES_MAX = 64 << 10;

  private static final Duration DRAIN_TIME_MAX = Duration.ofMillis(250);

  /** After the last response: so that the client can read it before its writes are refused. */
  private static final long LINGER_BYTES_MAX = 16 << 20;

  private static final Duration LINGER_TIME_MAX = Duration.ofSeconds(2);

  private static final HttpString CONTENT_TYPE_OPTIONS = new HttpString("X-Content-Type-Options");

  private final HttpServerExchange exchange;
  private final HttpLimits limits;
  private final LongSupplier nanos;
  private final ClientWatch watch;
  private Principal principal = Principal.ANONYMOUS;
  private Map<String, String> values = Map.of();
  private @Nullable Map<String, List<String>> query;
  private @Nullable BodyInput body;
  private @Nullable BodyOutput output;

  UndertowExchange(HttpServerExchange exchange, HttpLimits limits, LongSupplier nanos) {
    this.exchange = exchange;
    this.limits = limits;
    this.nanos = nanos;
    this.watch = new ClientWatch(exchange);
  }

  void values(Map<String, String> decoded) {
    this.values = decoded;
  }

  /** The path as the client sent it. */
  String rawPath() {
    String uri = exchange.getRequestURI();
    if (exchange.isHostIncludedInRequestURI()) {
      int authority = uri.indexOf("://");
      int slash = authority < 0 ? -1 : uri.indexOf('/', authority + 3);
      return slash < 0 ? "/" : uri.substring(slash);
    }
    return uri;
  }

  /** Before any handler sees the request. */
  void principal(Principal identified) {
    this.principal = identified;
  }

  @Override
  public Principal principal() {
    return principal;
  }

  @Override
  public String method() {
    return exchange.getRequestMethod().toString();
  }

  @Override
  public String path(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("The route has no segment {" + name + "}");
    }
    return value;
  }

  @Override
  public Optional<String> query(String name) {
    List<String> found = parameters().get(name);
    return found == null ? Optional.empty() : Optional.of(found.getFirst());
  }

  @Override
  public List<String> queryNames() {
    return List.copyOf(parameters().keySet());
  }

  private Map<String, List<String>> parameters() {
    if (query == null) {
      query = UrlText.query(exchange.getQueryString());
    }
    return query;
  }

  @Override
  public Optional<String> header(String name) {
    HeaderValues lines = exchange.getRequestHeaders().get(name);
    if (lines != null && lines.size() > 1) {
      throw Problems.badHeader(
          name + " stands there " + lines.size() + " times, and has one value");
    }
    return lines == null ? Optional.empty() : Optional.of(lines.getFirst());
  }

  @Override
  public Optional<String> listHeader(String name) {
    HeaderValues lines = exchange.getRequestHeaders().get(name);
    return lines == null ? Optional.empty() : Optional.of(String.join(", ", lines));
  }

  @Override
  public List<String> headerNames() {
    return exchange.getRequestHeaders().getHeaderNames().stream()
        .map(HttpString::toString)
        .toList();
  }

  @Override
  public long contentLength() {
    return StrictRequest.contentLength(exchange);
  }

  @Override
  public InputStream body(BooleanSupplier othersWait) {
    return body(limits.bodyBytes(), othersWait);
  }

  private BodyInput body(long bytesMax) {
    return body(bytesMax, () -> false);
  }

  private BodyInput body(long bytesMax, BooleanSupplier othersWait) {
    if (contentLength() > bytesMax) {
      throw BodyInput.tooLarge(bytesMax);
    }
    if (body == null) {
      body =
          new BodyInput(exchange, bytesMax, new BodyPace(limits.stallTimeout(), othersWait, nanos));
    }
    return body;
  }

  @Override
  public <T> T json(Class<T> type) {
    try {
      byte[] text = body(limits.jsonBytes()).readAllBytes();
      if (text.length > 0) {
        checkJson(header("Content-Type").orElse(""));
      }
      return JsonText.read(text, type);
    } catch (java.net.SocketTimeoutException e) {
      throw new ProblemException(
          408, "BODY_TIMEOUT", String.valueOf(e.getMessage()), "Send the body without pauses", e);
    } catch (IOException e) {
      throw new ProblemException(
          400, "BODY_CUT", "The body ended early: " + e.getMessage(), "Send it again", e);
    }
  }

  private static void checkJson(String type) {
    String[] parts = type.toLowerCase(Locale.ROOT).split(";", -1);
    boolean utf8 =
        Stream.of(parts)
            .skip(1)
            .map(String::strip)
            .filter(parameter -> parameter.startsWith("charset="))
            .allMatch(charset -> charset.matches("charset=\"?utf-8\"?"));
    if (!parts[0].strip().equals("application/json") || !utf8) {
      throw Problems.notJson(type);
    }
  }

  @Override
  public void responseHeader(String name, String value) {
    if (value.chars().anyMatch(c -> c == '\r' || c == '\n' || c == 0)) {
      throw new IllegalArgumentException("A header's value has no line breaks: " + name);
    }
    exchange.getResponseHeaders().put(new HttpString(name), value);
  }

  @Override
  public void respond(int status, Object document) {
    respond(status, "application/json", JsonText.write(document));
  }

  void respond(int status, String contentType, byte[] bytes) {
    if (!exchange.getResponseHeaders().contains(Headers.CONTENT_TYPE)) {
      exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, contentType);
    }
    try (OutputStream out = respondStream(status, bytes.length)) {
      if (!isHead()) {
        out.write(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void respond(int status) {
    boolean bodiless = status == 204 || status == 304;
    try (OutputStream out = respondStream(status, bodiless ? -2 : 0)) {
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public OutputStream respondStream(int status, long length, BooleanSupplier othersWait) {
    if (output != null) {
      throw new IllegalStateException("The response has already begun");
    }
    watch.stop();
    settleBody();
    exchange.setStatusCode(status);
    // A browser must not make of a stored text more than it was said to be.
    exchange.getResponseHeaders().put(CONTENT_TYPE_OPTIONS, "nosniff");
    if (length >= 0) {
      exchange.setResponseContentLength(length);
    }
    StreamSinkChannel channel = exchange.getResponseChannel();
    if (channel == null) {
      throw new UncheckedIOException(new IOException("The connection is closed"));
    }
    output = new BodyOutput(channel, new BodyPace(limits.stallTimeout(), othersWait, nanos));
    return isHead() ? new HeadOutput(output) : output;
  }

  private boolean isHead() {
    return exchange.getRequestMethod().equals(Methods.HEAD);
  }

  /** What the handler left of the body decides whether the connection lives on. */
  private void settleBody() {
    if (exchange.isRequestComplete()) {
      return;
    }
    try {
      boolean held = body == null && HttpContinue.requiresContinueResponse(exchange);
      boolean small = contentLength() <= DRAIN_BYTES_MAX;
      if (held || !small || !body(Long.MAX_VALUE).drain(DRAIN_BYTES_MAX, DRAIN_TIME_MAX)) {
        exchange.setPersistent(false);
      }
    } catch (IOException e) {
      exchange.setPersistent(false);
    }
  }

  /** Whether reading the body failed: then the client is to blame, not this node. */
  boolean isBodyBroken() {
    return body != null && body.isBroken();
  }

  boolean isBegun() {
    return output != null;
  }

  int status() {
    return exchange.getStatusCode();
  }

  void clearHeaders() {
    exchange.getResponseHeaders().clear();
  }

  /** Cuts the connection: the client sees that the response is not whole. */
  void abort() {
    watch.failed();
    IoUtils.safeClose(exchange.getConnection());
  }

  /** Ends the response, lets a client that still sends read it, and hands the connection back. */
  void finish() {
    try {
      if (output != null && !output.isClosed()) {
        output.close();
      }
      if (!exchange.isRequestComplete() && exchange.getConnection().isOpen()) {
        body(Long.MAX_VALUE).drain(LINGER_BYTES_MAX, LINGER_TIME_MAX);
        IoUtils.safeClose(exchange.getConnection());
      }
    } catch (IOException e) {
      abort();
    } finally {
      watch.stop();
      exchange.endExchange();
    }
  }

  @Override
  public boolean isClientGone() {
    return watch.isGone();
  }

  @Override
  public void onClientGone(Runnable action) {
    watch.onGone(action);
  }

  @Override
  public String remoteAddress() {
    return String.valueOf(exchange.getSourceAddress()).replaceFirst("^[^/]*/", "");
  }

  /** The answer to HEAD: the headers say the length, and no byte follows. */
  private static final class HeadOutput extends OutputStream {
    private final BodyOutput output;

    HeadOutput(BodyOutput output) {
      this.output = output;
    }

    @Override
    public void write(int value) {}

    @Override
    public void write(byte[] source, int offset, int length) {}

    @Override
    public void close() throws IOException {
      output.close();
    }
  }
}
