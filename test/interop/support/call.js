/** One HTTP exchange: {status, headers, text, json}. */
export async function call(base, method, target, { json, body, headers = {} } = {}) {
  const sent = json === undefined ? body : JSON.stringify(json);
  const type = json === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(base + target,
    { method, body: sent, headers: { ...type, ...headers }, redirect: 'manual' });
  const text = await answer.text();
  const isJson = (answer.headers.get('content-type') ?? '').includes('json');
  return { status: answer.status, headers: answer.headers, text,
    json: isJson && text ? JSON.parse(text) : null };
}
