import { mkdtempSync, writeFileSync, readFileSync, appendFileSync } from 'node:fs';
import { Client } from './pipeline/laboratory/benchmarks/rig/client.ts';
import { ThreadMemories } from './pipeline/laboratory/benchmarks/rig/thread-memory.ts';
import { startRun } from './pipeline/laboratory/benchmarks/rig/measured-run.ts';
const secs = Number(process.argv[2]); const out = process.argv[3]!; const extra = process.argv.slice(4);
const folder = mkdtempSync('/tmp/soakstudy-');
writeFileSync(folder+'/c.json', JSON.stringify({remember:{bytesMax:2*1024*1024}}));
const threads = new ThreadMemories();
const env: Record<string,string> = {...threads.environment};
for (const e of extra.filter(x=>x.includes('='))) env[e.split('=')[0]!]=e.split('=')[1]!;
const run = startRun(['--source','world','--config',folder+'/c.json','--seconds',String(secs),'--port','0','--state',folder+'/state'], threads.nodeArguments, env);
const c = await Client.connect(await run.lifelens.url());
let m:any=null; const swaps:any[]=[];
c.onEvent = (e:any) => { if(e.type==='metrics') m=e; };
await c.send({command:'subscribe',pictures:true,maxFps:5});
writeFileSync(out,'');
const t0=Date.now();
const timer=setInterval(()=>{
  let s=''; try{ s=readFileSync(`/proc/${run.lifelens.pid}/smaps`,'latin1'); }catch{return}
  const groups:Record<string,number>={}; let name='';let size=0;
  for(const line of s.split('\n')){
    const h=/^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+\s*(.*)$/.exec(line);
    if(h){ const kb=(parseInt(h[2]!,16)-parseInt(h[1]!,16))/1024; const p=h[4]!; size=kb;
      name = p===''||p.startsWith('[anon') ? (kb>=60000&&kb<=66000&&parseInt(h[1]!,16)%(64*1048576)===0?'arena':  (parseInt(h[1]!,16)%(64*1048576)===0? 'arena': kb===65536?'arena': kb<=256?'anon<=256k':kb<=1100?'anon<=1M':kb<=4096?'anon<=4M':kb<=16384?'anon<=16M':'anon>16M')) : p.startsWith('[heap')?'heap': p.startsWith('[')?'other': 'file'; continue; }
    const r=/^Rss:\s+(\d+)/.exec(line); if(r) groups[name]=(groups[name]??0)+Number(r[1]);
  }
  const tot=Object.values(groups).reduce((a,b)=>a+b,0);
  appendFileSync(out, JSON.stringify({t:Math.round((Date.now()-t0)/1000), rss: Math.round(tot/1024), ...Object.fromEntries(Object.entries(groups).map(([k,v])=>[k,Math.round(v/1024)])), swaps:m?.model?.swaps, samples:m?.memory?.samples, mem:m&&Math.round(m.memory.bytes/1024/1024*10)/10})+'\n');
},5000);
await run.report.catch(e=>console.log(String(e)));
clearInterval(timer); c.close();
console.log(JSON.stringify(threads.collect(0.4),null,0));
