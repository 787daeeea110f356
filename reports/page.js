// Draws every chart anew, at the width there is and with tooltips, in place of the drawing that came with the page.
// Where this does not run (no scripts), that drawing stays.
'use strict'
{
  const { rows, charts } = JSON.parse(document.getElementById('chart-data').textContent)
  const drawn = new Map()
  const unpacked = ({ fields, values }) => values.map((row) => Object.fromEntries(fields.map((field, i) => [field, row[i]])))

  const draw = async (chart) => {
    const host = document.getElementById(chart.id)
    const room = host.clientWidth
    const fitting = chart.widths.filter(({ widthPx }) => widthPx <= room).pop() ?? chart.widths[0]
    const before = drawn.get(chart.id)
    if (before?.widthPx === fitting.widthPx) return
    const stage = document.createElement('div')
    const data = { name: 'rows', values: unpacked(rows[chart.rows]) }
    const result = await vegaEmbed(stage, { ...fitting.spec, data }, {
      mode: 'vega-lite',
      renderer: 'svg',
      ast: true, // expressions are interpreted, not compiled: the page forbids eval
      actions: false,
      defaultStyle: false,
      tooltip: { theme: 'page', disableDefaultStyle: true },
    })
    host.replaceChildren(stage)
    drawn.set(chart.id, { widthPx: fitting.widthPx, result })
    before?.result.finalize()
  }

  const drawAll = async () => {
    for (const chart of charts) await draw(chart)
    document.documentElement.dataset.drawn = String(charts.length)
  }

  let timer
  addEventListener('resize', () => {
    clearTimeout(timer)
    timer = setTimeout(drawAll, 150)
  })
  const closed = []
  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('details:not([open])')) {
      details.open = true
      closed.push(details)
    }
  })
  addEventListener('afterprint', () => {
    for (const details of closed.splice(0)) details.open = false
  })
  drawAll()
}
