package dev.holdfast.node.object;

import dev.holdfast.node.http.Exchange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A request as the routes see it, and what they answered. */
public final class FakeExchange implements Exchange {
  private final String method;
  private final String key;
  private final Map<String, String> query = new LinkedHashMap<>();
  private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private byte[] body = new byte[0];
  private long announced = -2;

  public int status;
  public @Nullable Object document;
  final Map<String, String> responseHeaders = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  public final ByteArrayOutputStream responseBody = new ByteArrayOutputStream();
  long responseLength = -2;

  public FakeExchange(String method, String key) {
    this.method = method;
    this.key = key;
  }

  public FakeExchange with(String header, String value) {
    headers.put(header, value);
    return this;
  }

  public FakeExchange asking(String name, String value) {
    query.put(name, value);
    return this;
  }

  public FakeExchange sending(byte[] bytes) {
    body = bytes;
    return this;
  }

  FakeExchange announcing(long length) {
    announced = length;
    return this;
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String path(String name) {
    return key;
  }

  @Override
  public Optional<String> query(String name) {
    return Optional.ofNullable(query.get(name));
  }

  @Override
  public List<String> queryNames() {
    return List.copyOf(query.keySet());
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  @Override
  public Optional<String> listHeader(String name) {
    return header(name);
  }

  @Override
  public List<String> headerNames() {
    return List.copyOf(headers.keySet());
  }

  @Override
  public long contentLength() {
    return announced == -2 ? body.length : announced;
  }

  @Override
  public InputStream body(BooleanSupplier othersWait) {
    return new ByteArrayInputStream(body);
  }

  @Override
  public <T> T json(Class<T> type) {
    throw new UnsupportedOperationException("Objects take no JSON");
  }

  @Override
  public void responseHeader(String name, String value) {
    responseHeaders.put(name, value);
  }

  @Override
  public void respond(int code, Object answer) {
    status = code;
    document = answer;
  }

  @Override
  public void respond(int code) {
    status = code;
  }

  @Override
  public OutputStream respondStream(int code, long length, BooleanSupplier othersWait) {
    status = code;
    responseLength = length;
    return responseBody;
  }

  @Override
  public boolean isClientGone() {
    return false;
  }

  @Override
  public void onClientGone(Runnable action) {}

  @Override
  public String remoteAddress() {
    return "127.0.0.1:1";
  }
}
